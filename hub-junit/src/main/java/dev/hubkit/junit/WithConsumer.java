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
 * Creates a durable consumer of a stream before the tests, for clients to bind to.
 *
 * <p>On a class, it holds for the tests of the class and of the classes nested in it; on a method,
 * for that test alone. The extension deletes the consumer afterwards.
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

  /** The name of the consumer. */
  String name();

  /** The subjects that the consumer delivers; empty for all subjects of the stream. */
  String[] filters() default {};

  /**
   * How long the consumer waits for an acknowledgement, as {@code 30s}; empty for the server's
   * default of 30 s.
   */
  String ackWait() default "";

  /** How often the consumer delivers a message at most; -1 for no limit. */
  int maxDeliver() default -1;

  /** How many messages may await an acknowledgement; 0 for the server's default of 1000. */
  int maxAckPending() default 0;

  /** Which messages clients have to acknowledge. */
  Ack ack() default Ack.EXPLICIT;

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
