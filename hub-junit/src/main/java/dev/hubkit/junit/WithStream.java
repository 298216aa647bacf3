package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Creates a stream before the tests.
 *
 * <p>On a class, it holds for the tests of the class and of the classes nested in it; on a method,
 * for that test alone. The extension deletes the stream afterwards. A stream of this name with
 * another configuration makes the test fail.
 *
 * <p>Durations are written as {@code 1h30m}, {@code 2s} or {@code 500ms}.
 */
@Documented
@Inherited
@java.lang.annotation.Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
@Repeatable(WithStream.WithStreams.class)
public @interface WithStream {
  /** The name of the stream; empty only with a {@link #file}, for the name there. */
  String name() default "";

  /**
   * A JSON file with the configuration of the stream, as {@code nats stream info --json}, {@code
   * nats stream backup} and {@code nats stream add --output} write it: relative to the working
   * directory, or {@code classpath:} and a resource. Attributes that differ from their defaults
   * replace what the file says.
   */
  String file() default "";

  /** A description. */
  String description() default "";

  /**
   * The subjects that the stream captures, such as {@code orders.>}; empty for its name, and for
   * none with a {@link #mirror} or {@link #sources}.
   */
  String[] subjects() default {};

  /** Where the stream keeps messages; choose files only for tests that are about files. */
  Storage storage() default Storage.DEFAULT;

  /** When the stream removes messages. */
  Retention retention() default Retention.LIMITS;

  /** Whether a full stream rejects new messages instead of removing the oldest. */
  boolean discardNew() default false;

  /** Whether {@link #discardNew} also holds for {@link #maxMessagesPerSubject}. */
  boolean discardNewPerSubject() default false;

  /** The most consumers of the stream; -1 for no limit. */
  long maxConsumers() default -1;

  /** The most messages that the stream keeps; -1 for no limit. */
  long maxMessages() default -1;

  /** The most messages that the stream keeps per subject; -1 for no limit. */
  long maxMessagesPerSubject() default -1;

  /** The most bytes that the stream keeps; -1 for no limit. */
  long maxBytes() default -1;

  /** The most bytes of a message; -1 for no limit. */
  int maxMessageSize() default -1;

  /** How long the stream keeps a message, as {@code 1h30m} or {@code 500ms}; empty for ever. */
  String maxAge() default "";

  /**
   * How long the stream remembers message IDs, to drop duplicates, as {@code 2m}; empty for the
   * server's default.
   */
  String duplicateWindow() default "";

  /** Whether the stream compresses its files. */
  boolean compression() default false;

  /**
   * The number of replicas; 0 for 1, or what the file says. More than 1 needs as many {@link
   * WithHub#servers()}, or {@link WithHub#acceptReplicas()}.
   */
  int replicas() default 0;

  /** Whether the stream does not acknowledge what it has stored. */
  boolean noAck() default false;

  /** The cluster to place the stream in; empty for any. */
  String placementCluster() default "";

  /** The tags of the servers to place the stream on. */
  String[] placementTags() default {};

  /** The stream that this one mirrors. */
  Upstream mirror() default @Upstream("");

  /** The streams that this one copies messages from. */
  Upstream[] sources() default {};

  /** How the stream changes the subjects of messages before it stores them. */
  Transform subjectTransform() default @Transform;

  /** Where the stream publishes again what it has stored. */
  RepublishTo republish() default @RepublishTo("");

  /**
   * How long consumers without their own setting may be inactive, which none may exceed, as {@code
   * 1h}; empty for no limit.
   */
  String consumerInactiveThreshold() default "";

  /**
   * How many messages may await an acknowledgement of consumers without their own setting, which
   * none may exceed; -1 for no limit.
   */
  long consumerMaxAckPending() default -1;

  /** Whether messages may remove all earlier ones ({@code Nats-Rollup}). */
  boolean allowRollup() default false;

  /** Whether clients may get single messages directly. */
  boolean allowDirect() default false;

  /** Whether clients may get single messages of the mirrored stream directly from this one. */
  boolean mirrorDirect() default false;

  /** Whether messages cannot be deleted by the API. */
  boolean denyDelete() default false;

  /** Whether messages cannot be purged by the API. */
  boolean denyPurge() default false;

  /** The sequence of the first message; 0 and 1 for 1. */
  long firstSequence() default 0;

  /** Whether messages may say how long the stream keeps them ({@code Nats-TTL}). */
  boolean allowMessageTtl() default false;

  /**
   * How long the stream keeps a mark of the last message of a subject that it has removed by age,
   * as {@code 1h}; empty for no such marks.
   */
  String subjectDeleteMarkerTtl() default "";

  /** Whether messages may say when the stream publishes them ({@code Nats-Schedule}). */
  boolean allowMessageSchedules() default false;

  /** Whether the stream counts ({@code Nats-Incr}); it then stores nothing but counters. */
  boolean allowMessageCounter() default false;

  /** Whether clients may publish batches of which the stream stores all messages or none. */
  boolean allowAtomicPublish() default false;

  /** Whether clients may publish fast batches. */
  boolean allowBatched() default false;

  /** Whether the stream acknowledges messages before they are written to its file. */
  boolean persistAsync() default false;

  /** Metadata, as {@code key=value}. */
  String[] metadata() default {};

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** When a stream removes messages. */
  enum Retention {
    /** When a limit is reached. */
    LIMITS,
    /** When no consumer is interested in the message any more. */
    INTEREST,
    /** When a consumer has acknowledged the message. */
    WORK_QUEUE
  }

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @java.lang.annotation.Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface WithStreams {
    /** The annotations. */
    WithStream[] value();
  }
}
