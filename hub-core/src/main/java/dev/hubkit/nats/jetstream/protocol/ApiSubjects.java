package dev.hubkit.nats.jetstream.protocol;

/** The subjects of the JetStream API. */
public final class ApiSubjects {
  public static final String PREFIX = "$JS.API.";

  /** All of them. */
  public static final String ALL = PREFIX + ">";

  // As in nats-server, the first also covers a subject that ends or goes on there.
  private static final String DIRECT_GET = PREFIX + "DIRECT.GET";
  private static final String NEXT_MESSAGE = PREFIX + "CONSUMER.MSG.NEXT.";

  private ApiSubjects() {}

  /**
   * Returns whether requests to a subject of the API are for a stream or a consumer itself: where
   * it does not exist, nobody takes them.
   */
  public static boolean isForStream(String subject) {
    return subject.startsWith(DIRECT_GET) || subject.startsWith(NEXT_MESSAGE);
  }
}
