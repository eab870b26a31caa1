/** The bounds of the live page, its feed and the metrics. */

/** How often the telemetry is sampled, and a change sent to the feed's readers. */
export const SAMPLE_INTERVAL_MS = 1_000;
/** The samples that are kept for the plot: ten minutes of them. */
export const HISTORY_SAMPLES = 600;
/** The durations of commits that are kept in one interval; of more, the newest. */
export const MAX_COMMIT_DURATIONS = 4_096;
/** With more agencies than this, the feed and the metrics have only their totals. */
export const MAX_LISTED_AGENCIES = 1_000;
/** The readers of the feed at a time. */
export const MAX_FEEDS = 100;
/** A reader of the feed with more unread bytes than this is dropped. */
export const MAX_UNSENT_BYTES = 256 * 1024;
/** How long a browser waits before it reconnects to a broken feed. */
export const RECONNECT_MS = 1_000;
/** How long metrics are cached: scrapes that are more frequent cost nothing more. */
export const METRICS_MAX_AGE_MS = 250;
/** How finely the event loop's delay is measured. */
export const EVENT_LOOP_RESOLUTION_MS = 20;
