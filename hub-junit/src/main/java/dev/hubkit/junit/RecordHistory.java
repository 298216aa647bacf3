package dev.hubkit.junit;

import dev.hubkit.junit.history.History;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Records a {@linkplain History history} of each test: what clients publish, consume and
 * acknowledge from before its {@code @BeforeEach} methods until the test ends. A parameter or field
 * of type {@link History} is injected with it, and has one recorded without this annotation, too; a
 * static field or a parameter of a {@code @BeforeAll} method with that of the class.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.FIELD, ElementType.PARAMETER})
@ExtendWith(HubExtension.class)
public @interface RecordHistory {
  /**
   * How many events a history may have; with more it cannot be checked, because it would be
   * incomplete. On average, an event may take 512 bytes.
   */
  int limit() default History.MOST_EVENTS;
}
