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
 * Declares a NATS user. Once a user is declared, NATS accepts no client without a user name and a
 * password. Connections injected without {@link AsUser} have all permissions.
 *
 * <p>On a class, it holds for the tests of the class and of the classes nested in it; on a method,
 * for that test alone. The extension deletes the user afterwards.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
@Repeatable(WithUser.WithUsers.class)
public @interface WithUser {
  /** The user name. */
  String name();

  /** The password; empty for one that equals the user name. */
  String password() default "";

  /** The subjects that the user may publish to; empty for all. */
  String[] publish() default {};

  /** The subjects that the user may not publish to. */
  String[] denyPublish() default {};

  /** The subjects that the user may subscribe to; empty for all. */
  String[] subscribe() default {};

  /** The subjects that the user may not subscribe to. */
  String[] denySubscribe() default {};

  /** Whether the user may publish to the reply subjects of messages it receives. */
  boolean allowResponses() default false;

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface WithUsers {
    /** The annotations. */
    WithUser[] value();
  }
}
