package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares a user. From the first on, NATS lets in nobody without a name and a password. What is
 * injected without {@link AsUser} may do everything.
 *
 * <p>On a class it is there for its tests and those of the classes nested in it, on a method for
 * that test alone; it is gone afterwards.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(NatsUser.Several.class)
public @interface NatsUser {
  /** The name. */
  String name();

  /** The password; empty for the same as the name. */
  String password() default "";

  /** The subjects it may publish to; nothing listed means all. */
  String[] publish() default {};

  /** The subjects it may not publish to. */
  String[] denyPublish() default {};

  /** The subjects it may subscribe to; nothing listed means all. */
  String[] subscribe() default {};

  /** The subjects it may not subscribe to. */
  String[] denySubscribe() default {};

  /** Whether it may publish to the reply subject of what it receives. */
  boolean allowResponses() default false;

  /** Which hub, as {@link FromHub#value()}. */
  String hub() default "";

  /** Several of them. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @interface Several {
    /** All of them. */
    NatsUser[] value();
  }
}
