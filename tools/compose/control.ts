/** The internal control beside the servers, and the service that makes the keys with which they know each other. */
import { confinement, CONTROL_LIMITS, KEYS_LIMITS } from './confinement';
import { build, containerName, image } from './names';
import {
  AgencyParts,
  DOOR_NAME,
  HEALTH_CHECK,
  HTTP_PORT,
  httpEnvironment,
  NETWORK,
  RUNS_ALWAYS,
  RUNS_TO_ITS_END,
  SERVER_IMAGE,
  ServerParts,
  STOP_GRACE_PERIOD,
} from './services';
import { authorityTls, keyUser, TlsPlan } from './tls';

/** The control's service and container. */
export const CONTROL = 'control';
/** The service that makes the keys, and ends. */
export const KEYS = 'keys';

/** Each key on a volume that nobody else has; what both may know on a third; the control's own copy of the bets. */
const LOG_KEY_VOLUME = 'log-key';
const CONTROL_KEY_VOLUME = 'control-key';
const PUBLIC_VOLUME = 'public-keys';
const CONTROL_VOLUME = CONTROL;
/** The names of the volumes that the services use. */
export const CONTROL_VOLUMES = [LOG_KEY_VOLUME, CONTROL_KEY_VOLUME, PUBLIC_VOLUME, CONTROL_VOLUME];

/** Where keys are in every container that has them: as `npm run trust-key` lays them out. */
const KEYS_FOLDER = '/keys';
const LOG_KEY_FOLDER = `${KEYS_FOLDER}/log`;
const CONTROL_KEY_FOLDER = `${KEYS_FOLDER}/control`;
const PUBLIC_FOLDER = `${KEYS_FOLDER}/public`;

const CONTROL_PORT = 8700;
const CONTROL_NAME = 'control.localhost/lottery';
/** The name of the log, which no other draw may have: another ledger is another name. */
const ORIGIN =
  '${LOTTERY_ORIGIN:-lottery.localhost/${COMPOSE_PROJECT_NAME}${LOTTERY_NAME:+/${LOTTERY_NAME:-}}}';

/** Neither is started before the keys are there. */
const NEEDS_KEYS = { [KEYS]: { condition: 'service_completed_successfully' } };

/** What each server has besides: receipts, the key of the log, and who the control is. */
export const CONTROLLED_SERVER: ServerParts = {
  http: httpEnvironment([`${PUBLIC_FOLDER}/tokens.ini`]),
  environment: [
    'RECEIPTS=on',
    `RECEIPTS_ORIGIN=${ORIGIN}`,
    `RECEIPTS_KEY=${LOG_KEY_FOLDER}/key.pem`,
    `RECEIPTS_POLICY=${PUBLIC_FOLDER}/policy.txt`,
    `CONTROL_URL=http://${CONTROL}:${CONTROL_PORT}`,
    `CONTROL_VERIFIER_KEY_FILE=${PUBLIC_FOLDER}/control`,
  ],
  volumes: [`${LOG_KEY_VOLUME}:${LOG_KEY_FOLDER}:ro`, `${PUBLIC_VOLUME}:${PUBLIC_FOLDER}:ro`],
  needs: { depends_on: NEEDS_KEYS },
};

/** What each agency has besides: the key of the log, with which it asks for receipts and checks them. */
export const CONTROLLED_AGENCY: AgencyParts = {
  environment: [`CLI_RECEIPTS_LOGFILE=${PUBLIC_FOLDER}/log`],
  volumes: [`${PUBLIC_VOLUME}:${PUBLIC_FOLDER}:ro`],
};

/** The services besides servers and agencies, by name. */
export function controlServices(tls?: TlsPlan): Record<string, object> {
  return { [KEYS]: keys(tls), [CONTROL]: control(tls) };
}

/** Makes the keys that are missing, and ends. It has no network, and is the only one that sees both keys. */
function keys(tls: TlsPlan | undefined): object {
  return {
    container_name: containerName(KEYS),
    // The server's, which has the tool.
    ...SERVER_IMAGE,
    ...keyUser(tls),
    command: [
      'node',
      '/app/dist/tools/trust/main.js',
      ...['--origin', ORIGIN],
      ...['--control', CONTROL_NAME],
      ...['--out', KEYS_FOLDER],
    ],
    volumes: [
      `${LOG_KEY_VOLUME}:${LOG_KEY_FOLDER}`,
      `${CONTROL_KEY_VOLUME}:${CONTROL_KEY_FOLDER}`,
      `${PUBLIC_VOLUME}:${PUBLIC_FOLDER}`,
    ],
    // The image declares a volume for the server's own ledger.
    tmpfs: ['/data'],
    network_mode: 'none',
    healthcheck: { disable: true },
    restart: RUNS_TO_ITS_END,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(KEYS_LIMITS),
  };
}

function control(tls: TlsPlan | undefined): object {
  const { environment, volumes } = authorityTls(tls);
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    container_name: containerName(CONTROL),
    ...image(CONTROL),
    ...build(CONTROL, '.', 'control/Dockerfile'),
    ...keyUser(tls),
    environment: [
      `CONTROL_SERVER_URL=${scheme}://${DOOR_NAME}:${HTTP_PORT}`,
      `CONTROL_TOKEN_FILE=${CONTROL_KEY_FOLDER}/token`,
      `CONTROL_LOG_FILE=${PUBLIC_FOLDER}/log`,
      `CONTROL_NAME=${CONTROL_NAME}`,
      `CONTROL_KEY=${CONTROL_KEY_FOLDER}/key.pem`,
      `CONTROL_PORT=${CONTROL_PORT}`,
      ...environment,
    ],
    volumes: [
      ...volumes,
      `${CONTROL_KEY_VOLUME}:${CONTROL_KEY_FOLDER}:ro`,
      `${PUBLIC_VOLUME}:${PUBLIC_FOLDER}:ro`,
      `${CONTROL_VOLUME}:/data`,
    ],
    networks: [NETWORK],
    depends_on: NEEDS_KEYS,
    healthcheck: HEALTH_CHECK,
    restart: RUNS_ALWAYS,
    stop_grace_period: STOP_GRACE_PERIOD,
    ...confinement(CONTROL_LIMITS),
  };
}
