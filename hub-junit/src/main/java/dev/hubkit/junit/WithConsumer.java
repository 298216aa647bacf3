package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Creates a consumer of a stream before the tests, for clients to bind to.
 *
 * <p>On a class, it holds for the tests of the class and of the classes nested in it; on a method,
 * for that test alone. The extension deletes the consumer afterwards.
 *
 * <p>Durations are written as {@code 1h30m}, {@code 2s} or {@code 500ms}, times as {@code
 * 2026-01-31T12:00:00Z}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
@Repeatable(WithConsumer.WithConsumers.class)
public @interface WithConsumer {
  /** The name of the stream. */
  String stream();

  /** The name of the consumer; empty only with a {@link #file}, for the name there. */
  String name() default "";

  /**
   * A JSON file with the configuration of the consumer, as {@code nats consumer info --json} writes
   * it: relative to the working directory, or {@code classpath:} and a resource. Attributes that
   * differ from their defaults replace what the file says.
   */
  String file() default "";

  /** Whether the consumer is durable; if not, it ends when it is inactive. */
  boolean durable() default true;

  /** A description. */
  String description() default "";

  /** The subjects that the consumer delivers; empty for all subjects of the stream. */
  String[] filters() default {};

  /** With which message of the stream the consumer begins. */
  Deliver deliver() default Deliver.ALL;

  /** The first sequence, for {@link Deliver#BY_START_SEQUENCE}; 0 for none. */
  long startSequence() default 0;

  /** The first time, for {@link Deliver#BY_START_TIME}; empty for none. */
  String startTime() default "";

  /**
   * The subject on which the consumer pushes messages; empty for a consumer that is pulled from.
   */
  String deliverSubject() default "";

  /** The queue group that shares the messages of {@link #deliverSubject}; empty for none. */
  String deliverGroup() default "";

  /** How often the consumer says that it is idle, as {@code 5s}; empty for never. */
  String idleHeartbeat() default "";

  /** Whether the consumer has clients confirm that they keep up; needs {@link #idleHeartbeat}. */
  boolean flowControl() default false;

  /** Bits per second that the consumer pushes at most; 0 for no limit. */
  long rateLimit() default 0;

  /** Whether the consumer delivers messages at the pace at which they were stored. */
  boolean replayOriginal() default false;

  /**
   * How long the consumer waits for an acknowledgement, as {@code 30s}; empty for the server's
   * default of 30 s.
   */
  String ackWait() default "";

  /**
   * How long the consumer waits for an acknowledgement of the first delivery, of the second, and so
   * on, instead of {@link #ackWait}; the last holds for all further ones.
   */
  String[] backoff() default {};

  /** How often the consumer delivers a message at most; -1 for no limit. */
  int maxDeliver() default -1;

  /** How many messages may await an acknowledgement; 0 for the server's default of 1000. */
  int maxAckPending() default 0;

  /** Which messages clients have to acknowledge. */
  Ack ack() default Ack.EXPLICIT;

  /** How many requests for messages may wait; 0 for the server's default of 512. */
  long maxPullWaiting() default 0;

  /** How many messages a request may ask for; 0 for no limit. */
  long maxBatch() default 0;

  /** How many bytes a request may ask for; 0 for no limit. */
  long maxBytes() default 0;

  /** How long a request may wait; empty for no limit. */
  String maxExpires() default "";

  /** After how long without clients the consumer ends; empty for the server's default. */
  String inactiveThreshold() default "";

  /** Whether the consumer delivers only headers and sizes. */
  boolean headersOnly() default false;

  /** The share of acknowledgements to report, as {@code 30%}; empty for none. */
  String sampleFrequency() default "";

  /** The number of replicas; 0 for that of the stream. */
  int replicas() default 0;

  /** Whether the consumer keeps its state in memory although the stream is in files. */
  boolean memoryStorage() default false;

  /** Until when the consumer delivers nothing; empty for not at all. */
  String pauseUntil() default "";

  /** The groups that requests for messages can name. */
  String[] priorityGroups() default {};

  /** How the consumer chooses among the clients of a {@linkplain #priorityGroups() group}. */
  PriorityGroupPolicy priorityPolicy() default PriorityGroupPolicy.NONE;

  /** How long a pinned client may be silent; empty for the server's default. */
  String priorityTimeout() default "";

  /** Metadata, as {@code key=value}. */
  String[] metadata() default {};

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** Which messages clients have to acknowledge. */
  enum Ack {
    /** Each message. */
    EXPLICIT,
    /** Any message; that acknowledges all messages before it, too. */
    ALL,
    /** None. */
    NONE
  }

  /** With which message of the stream a consumer begins. */
  enum Deliver {
    /** The first. */
    ALL,
    /** The last. */
    LAST,
    /** The first that is stored after the consumer was created. */
    NEW,
    /** That of {@link WithConsumer#startSequence()}. */
    BY_START_SEQUENCE,
    /** The first after {@link WithConsumer#startTime()}. */
    BY_START_TIME,
    /** The last of each subject. */
    LAST_PER_SUBJECT
  }

  /** How a consumer chooses among the clients that ask for messages. */
  enum PriorityGroupPolicy {
    /** By turns. */
    NONE,
    /** Those that take over only above a number of pending messages come last. */
    OVERFLOW,
    /** By the priority that each request names. */
    PRIORITIZED,
    /** One client until it is silent. */
    PINNED_CLIENT
  }

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface WithConsumers {
    /** The annotations. */
    WithConsumer[] value();
  }
}
