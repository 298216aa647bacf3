package dev.hubkit.junit;

/** The two services of a hub. */
public enum Service {
  /** Publish, subscribe, JetStream. */
  NATS,
  /** The versioned repository, over HTTP. */
  FOSSIL
}
