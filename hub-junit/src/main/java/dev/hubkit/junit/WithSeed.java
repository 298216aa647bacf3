package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Fills the repository before the tests. On the class whose hub is started for it, the files become
 * the first check-in. Anywhere else they become one more check-in, and afterwards the extension
 * puts the repository back to what it was before that check-in.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
public @interface WithSeed {
  /** A directory, relative to the working directory; all its files are committed. */
  String dir() default "";

  /** A directory of a git work tree; all files that git tracks there are committed. */
  String gitWorkTree() default "";

  /** Text files, as {@code path/name=text}. */
  String[] files() default {};

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";
}
