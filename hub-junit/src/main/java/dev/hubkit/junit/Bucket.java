package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key-value or object bucket. On a class or method it declares one, like {@link Stream} a stream;
 * on a parameter or field of type {@code KeyValue} or {@code ObjectStore} it says which to inject,
 * and makes it if it was not declared.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.FIELD, ElementType.PARAMETER})
@Repeatable(Bucket.Several.class)
public @interface Bucket {
  /** Its name. */
  String value();

  /** What a declared bucket is; for an injected one the type says it. */
  Kind kind() default Kind.KEY_VALUE;

  /** Where it is kept: in memory, unless a test is about files. */
  Stream.Storage storage() default Stream.Storage.MEMORY;

  /** How many values of a key it keeps, 1 to 64; not for objects. */
  int history() default 1;

  /** How long it keeps a value, as {@code 1h}; empty for ever. */
  String ttl() default "";

  /** Which hub, as {@link FromHub#value()}. */
  String hub() default "";

  /** The two kinds. */
  enum Kind {
    /** Keys with values. */
    KEY_VALUE,
    /** Objects of any size. */
    OBJECT_STORE
  }

  /** Several of them. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD, ElementType.FIELD, ElementType.PARAMETER})
  @interface Several {
    /** All of them. */
    Bucket[] value();
  }
}
