/** The same over HTTPS. */
import { speakHttps } from './testing/open_door';
import './testing/door_life';
import './testing/hostile_requests';

speakHttps();
