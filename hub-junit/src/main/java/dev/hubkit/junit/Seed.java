package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says what the repository holds when the tests begin. On the class of a hub that is started for
 * it, the first check-in; elsewhere, one more check-in, which is gone afterwards together with
 * whatever the test has added.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Seed {
  /** A directory, all of whose files are taken; relative to the working directory. */
  String dir() default "";

  /** A directory of a git work tree, all of whose tracked files are taken. */
  String gitWorkTree() default "";

  /** Text files, as {@code path/name=text}. */
  String[] files() default {};

  /** Which hub, as {@link FromHub#value()}. */
  String hub() default "";
}
