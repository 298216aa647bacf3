package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares a stream. It needs not be created, and is gone when the tests it is declared for are
 * over.
 *
 * <p>On a class it is there for its tests and those of the classes nested in it, on a method for
 * that test alone; it is gone afterwards. A stream that is there already with another configuration
 * makes the test fail.
 */
@Documented
@Inherited
@java.lang.annotation.Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(Stream.Several.class)
public @interface Stream {
  /** Its name. */
  String name();

  /** What it takes, such as {@code orders.>}; empty for its name. */
  String[] subjects() default {};

  /** Where it keeps messages: in memory, unless a test is about files. */
  Storage storage() default Storage.MEMORY;

  /** When messages go by themselves. */
  Retention retention() default Retention.LIMITS;

  /** The most messages it keeps; -1 for no limit. */
  long maxMessages() default -1;

  /** The most messages it keeps of one subject; -1 for no limit. */
  long maxMessagesPerSubject() default -1;

  /** The most bytes it keeps; -1 for no limit. */
  long maxBytes() default -1;

  /** How long it keeps a message, as {@code 1h30m}, {@code 500ms}; empty for ever. */
  String maxAge() default "";

  /** For how long it knows the ids of messages, to drop duplicates, as {@code 2m}. */
  String duplicateWindow() default "";

  /** Which hub, as {@link FromHub#value()}. */
  String hub() default "";

  /** Where messages are kept. */
  enum Storage {
    /** In memory. */
    MEMORY,
    /** In files. */
    FILE
  }

  /** When messages go. */
  enum Retention {
    /** When a limit is reached. */
    LIMITS,
    /** When nobody is interested any more. */
    INTEREST,
    /** When they are acknowledged. */
    WORK_QUEUE
  }

  /** Several of them. */
  @Documented
  @Inherited
  @java.lang.annotation.Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @interface Several {
    /** All of them. */
    Stream[] value();
  }
}
