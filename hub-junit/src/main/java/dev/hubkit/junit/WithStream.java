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
 */
@Documented
@Inherited
@java.lang.annotation.Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
@Repeatable(WithStream.WithStreams.class)
public @interface WithStream {
  /** The name of the stream. */
  String name();

  /** The subjects that the stream captures, such as {@code orders.>}; empty for its name. */
  String[] subjects() default {};

  /** Where the stream keeps messages; choose files only for tests that are about files. */
  Storage storage() default Storage.MEMORY;

  /** When the stream removes messages. */
  Retention retention() default Retention.LIMITS;

  /** The most messages that the stream keeps; -1 for no limit. */
  long maxMessages() default -1;

  /** The most messages that the stream keeps per subject; -1 for no limit. */
  long maxMessagesPerSubject() default -1;

  /** The most bytes that the stream keeps; -1 for no limit. */
  long maxBytes() default -1;

  /** How long the stream keeps a message, as {@code 1h30m} or {@code 500ms}; empty for ever. */
  String maxAge() default "";

  /**
   * How long the stream remembers message IDs, to drop duplicates, as {@code 2m}; empty for the
   * server's default.
   */
  String duplicateWindow() default "";

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
