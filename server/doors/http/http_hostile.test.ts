/** Hostile requests, and the door's life, over HTTP. */
import './testing/door_life';
import './testing/hostile_requests';
