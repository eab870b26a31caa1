/** The bounds of the live page, its feed and the metrics. */

/** How often the state is looked at, and the feed's readers are told. */
export const SAMPLE_INTERVAL_MS = 1_000;
/** Samples that are kept for the plot: ten minutes of them. */
export const HISTORY_SAMPLES = 600;
/** Durations of commits that are kept of one interval; beyond it, the newest. */
export const MAX_COMMIT_DURATIONS = 4_096;
/** With more agencies than this, the feed and the metrics have their sums only. */
export const MAX_LISTED_AGENCIES = 1_000;
/** Readers of the feed at a time. */
export const MAX_FEEDS = 100;
/** Bytes that a reader of the feed has not taken: above this, it is dropped. */
export const MAX_UNSENT_BYTES = 256 * 1024;
/** How long a browser waits before it asks for a broken feed again. */
export const RECONNECT_MS = 1_000;
/** Metrics that are not older than this are given again: whoever asks more often costs nothing more. */
export const METRICS_MAX_AGE_MS = 250;
/** How finely the event loop's delay is measured. */
export const EVENT_LOOP_RESOLUTION_MS = 20;
