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
 * Declares the stubs of JSON files: {@link dev.hubkit.junit.stub.Stubs#load}. Afterwards the
 * extension removes them.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(WithStubs.StubLocations.class)
@ExtendWith(HubExtension.class)
public @interface WithStubs {
  /**
   * A file, or a directory for all {@code *.json} in it, relative to the working directory, or if
   * there is none, a resource of the class path; {@code classpath:} and a resource for that alone.
   */
  String value();

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface StubLocations {
    /** The annotations. */
    WithStubs[] value();
  }
}
