package dev.hubkit.nats.jetstream.protocol;

import java.util.List;

/** The subjects of the JetStream API. */
public final class ApiSubjects {
  public static final String PREFIX = "$JS.API.";

  /**
   * What the server takes and does not answer unless something else of it does: requests that no
   * handler is for. Not in here is what is asked often, {@code DIRECT.GET} and {@code
   * CONSUMER.MSG.NEXT}, and what nobody but a consumer answers there.
   */
  public static final List<String> UNANSWERED =
      List.of(
          PREFIX + "*",
          PREFIX + "INFO.>",
          PREFIX + "CONSUMER.*",
          PREFIX + "CONSUMER.MSG.*",
          PREFIX + "DIRECT.*",
          PREFIX + "STREAM.>",
          PREFIX + "META.>",
          PREFIX + "SERVER.>",
          PREFIX + "ACCOUNT.>",
          PREFIX + "CONSUMER.CREATE.>",
          PREFIX + "CONSUMER.DURABLE.>",
          PREFIX + "CONSUMER.NAMES.>",
          PREFIX + "CONSUMER.LIST.>",
          PREFIX + "CONSUMER.INFO.>",
          PREFIX + "CONSUMER.DELETE.>",
          PREFIX + "CONSUMER.PAUSE.>",
          PREFIX + "CONSUMER.UNPIN.>",
          PREFIX + "CONSUMER.RESET.>",
          PREFIX + "CONSUMER.LEADER.>");

  private ApiSubjects() {}

  /** What the API's subjects begin with in a JetStream domain. */
  public static String prefixOf(String domain) {
    return "$JS." + domain + ".API.";
  }
}
