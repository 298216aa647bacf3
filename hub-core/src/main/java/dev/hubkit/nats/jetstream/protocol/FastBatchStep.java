package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import org.jspecify.annotations.Nullable;

/**
 * One step of a fast batch, as its reply subject describes it (ADR-50): {@code
 * <prefix>.<id>.<flow>.<gap mode>.<sequence>.<operation>.$FI}.
 *
 * @param id which batch
 * @param flow after how many messages at most the publisher wants an acknowledgement, 1 to 65535
 * @param gapOk whether messages may be missing
 * @param sequence the number of the message in the batch, from 1
 * @param operation what to do
 */
public record FastBatchStep(
    String id, int flow, boolean gapOk, long sequence, Operation operation) {
  /** The operations of a step, in the order of their numbers on the wire. */
  public enum Operation {
    START,
    APPEND,
    COMMIT,
    COMMIT_WITHOUT_MESSAGE,
    PING
  }

  private static final String SUFFIX = ".$FI";
  private static final Operation[] OPERATIONS = Operation.values();
  private static final int DEFAULT_FLOW = 10;
  private static final int MAX_FLOW = 65_535;

  /**
   * Returns the reply subject that makes a message part of a fast batch, or null if it belongs to
   * none. A message from a service import has a reply subject of its own; the publisher's is in a
   * header.
   */
  public static @Nullable String marked(@Nullable String reply, PublishHeaders headers) {
    if (reply == null || isMarked(reply)) {
      return reply;
    }
    if (!reply.startsWith("_R_.") || !headers.has(Name.REQUEST_INFO)) {
      return null;
    }
    try {
      String original = Json.parseObject(headers.text(Name.REQUEST_INFO)).string("reply", "");
      return isMarked(original) ? original : null;
    } catch (JsonException e) {
      return null;
    }
  }

  private static boolean isMarked(String reply) {
    return reply.endsWith(SUFFIX) && reply.length() > SUFFIX.length();
  }

  /**
   * Parses a marked reply subject.
   *
   * @return the step, or null if nats-server would not understand it
   */
  public static @Nullable FastBatchStep parse(String reply) {
    int end = reply.length() - SUFFIX.length();
    int fourth = reply.lastIndexOf('.', end - 1);
    int third = reply.lastIndexOf('.', fourth - 1);
    int second = reply.lastIndexOf('.', third - 1);
    int first = reply.lastIndexOf('.', second - 1);
    int before = reply.lastIndexOf('.', first - 1);
    if (before < 0) {
      return null;
    }
    long operation = PublishHeaders.digits(reply.substring(fourth + 1, end));
    long sequence = PublishHeaders.digits(reply.substring(third + 1, fourth));
    String gap = reply.substring(second + 1, third);
    if (operation < 0
        || operation >= OPERATIONS.length
        || sequence <= 0
        || !(gap.equals("ok") || gap.equals("fail"))) {
      return null;
    }
    FastBatchStep step =
        new FastBatchStep(
            reply.substring(before + 1, first),
            flow(PublishHeaders.digits(reply.substring(first + 1, second))),
            gap.equals("ok"),
            sequence,
            OPERATIONS[(int) operation]);
    return step.isPossible() ? step : null;
  }

  private static int flow(long asked) {
    return asked <= 0 ? DEFAULT_FLOW : (int) Math.min(asked, MAX_FLOW);
  }

  private boolean isPossible() {
    return switch (operation) {
      case START -> sequence == 1;
      case APPEND, COMMIT_WITHOUT_MESSAGE -> sequence > 1;
      case COMMIT, PING -> true;
    };
  }

  public boolean isPing() {
    return operation == Operation.PING;
  }

  public boolean isCommit() {
    return operation == Operation.COMMIT || operation == Operation.COMMIT_WITHOUT_MESSAGE;
  }
}
