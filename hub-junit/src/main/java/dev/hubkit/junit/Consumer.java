package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares a durable consumer of a {@link Stream}, for clients to bind to.
 *
 * <p>On a class it is there for its tests and those of the classes nested in it, on a method for
 * that test alone; it is gone afterwards.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(Consumer.Several.class)
public @interface Consumer {
  /** The stream. */
  String stream();

  /** Its name. */
  String name();

  /** The subjects it is about; empty for all of the stream. */
  String[] filters() default {};

  /** How long an acknowledgement may take, as {@code 30s}; empty for the server's 30 s. */
  String ackWait() default "";

  /** How often a message is delivered at most; -1 for no limit. */
  int maxDeliver() default -1;

  /** How many messages may wait for an acknowledgement; 0 for the server's 1000. */
  int maxAckPending() default 0;

  /** What clients owe for a message. */
  Ack ack() default Ack.EXPLICIT;

  /** Which hub, as {@link FromHub#value()}. */
  String hub() default "";

  /** What clients owe. */
  enum Ack {
    /** An acknowledgement of each message. */
    EXPLICIT,
    /** An acknowledgement that also holds for all before. */
    ALL,
    /** Nothing. */
    NONE
  }

  /** Several of them. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @interface Several {
    /** All of them. */
    Consumer[] value();
  }
}
