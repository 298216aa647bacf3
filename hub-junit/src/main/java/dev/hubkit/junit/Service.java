package dev.hubkit.junit;

/** The two services of a hub. */
public enum Service {
  /** The NATS server, with JetStream. */
  NATS,
  /** The Fossil server, which serves the repository over HTTP. */
  FOSSIL
}
