package dev.hubkit.nats.jetstream.protocol;

import java.util.List;

/** The subjects of the JetStream API. */
public final class ApiSubjects {
  public static final String PREFIX = "$JS.API.";

  /**
   * The subjects that the server subscribes to without answering, unless another part of it does:
   * requests without a handler. Left out are {@code DIRECT.GET} and {@code CONSUMER.MSG.NEXT},
   * which are requested often, and subjects that only a consumer answers.
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

  /** Returns the prefix of the API's subjects in a JetStream domain. */
  public static String prefixOf(String domain) {
    return "$JS." + domain + ".API.";
  }
}
