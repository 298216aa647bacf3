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
 * Creates a key-value bucket before the tests. {@link Bucket} injects it.
 *
 * <p>On a class, it holds for the tests of the class and of the classes nested in it; on a method,
 * for that test alone. The extension deletes the bucket afterwards.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
@Repeatable(WithBucket.WithBuckets.class)
public @interface WithBucket {
  /** The name of the bucket. */
  String name();

  /** Where the bucket keeps values; choose files only for tests that are about files. */
  Storage storage() default Storage.MEMORY;

  /** How many values of a key the bucket keeps, 1 to 64. */
  int history() default 1;

  /** How long the bucket keeps a value, as {@code 1h}; empty for ever. */
  String ttl() default "";

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface WithBuckets {
    /** The annotations. */
    WithBucket[] value();
  }
}
