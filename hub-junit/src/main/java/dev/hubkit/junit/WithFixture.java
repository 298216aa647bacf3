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
 * Restores the state of a fixture before the tests: streams, buckets and object stores with their
 * messages, sequences and times, consumers with what they have delivered, and the repository.
 * {@code hub record} writes such files from real servers, {@code keepOnFailure} from failed tests,
 * and {@link dev.hubkit.HubSnapshot#save} from code.
 *
 * <p>The streams come beside those that are there; afterwards the extension deletes them. The
 * repository takes the place of the hub's until then; a hub without Fossil ignores it.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(WithFixture.WithFixtures.class)
@ExtendWith(HubExtension.class)
public @interface WithFixture {
  /**
   * A file, relative to the working directory, or if there is none, a resource of the class path;
   * {@code classpath:} and a resource for that alone.
   */
  String value();

  /**
   * Whether to move all times, so that the fixture was recorded just now. Without this, messages
   * keep the times at which they were stored, and a stream with a maximum age would drop those of
   * an old fixture at once, which is an error.
   */
  boolean shiftTimes() default false;

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface WithFixtures {
    /** The annotations. */
    WithFixture[] value();
  }
}
