package dev.hubkit.junit.explore;

import dev.hubkit.junit.HubExtension;
import dev.hubkit.junit.OwnHub;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Runs a test once for each seed, every time under other adversity: acknowledgements get lost,
 * connections are cut, the server crashes, time passes. The test needs {@code @WithHub}, and takes
 * the place of {@code @Test}. It ends at the first run that fails, whose adversities it shrinks to
 * the smallest set that still fails. That run is reported, with the seed and the set.
 *
 * <p>A run has the whole lifecycle of a test and a hub of its own; with {@code @WithHub(reset =
 * BEFORE_EACH)} all runs use the hub of the class, which is reset before each. Adversity concerns
 * the test method alone, not methods such as {@code @BeforeEach}, and all clients but {@link
 * dev.hubkit.junit.HubResource#toolkitConnection()}.
 *
 * <p>The configuration parameters {@code hub.junit.explore.seeds} (a number, or a range such as
 * {@code 1001-2000}), {@code hub.junit.explore.seed} and {@code hub.junit.explore.at-most} take
 * precedence over the attributes.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@TestTemplate
@ExtendWith({HubExtension.class, ExploreExtension.class})
@OwnHub
@Execution(ExecutionMode.SAME_THREAD)
@SuppressWarnings("exports") // JUnit alone makes the extension.
public @interface HubExplore {
  /** How many seeds to try, beginning with 1. */
  int seeds() default 200;

  /** The only seed to try, to replay a failure; 0 to try {@link #seeds()}. Not negative. */
  long seed() default 0;

  /** The kinds of adversity; none stands for all. */
  Adversity[] adversities() default {};

  /**
   * The names of the clients that adversity concerns, as they are in their CONNECT; none stands for
   * all. A name that ends with {@code *} stands for all names that begin so. Crashes and time
   * concern all clients.
   */
  String[] clients() default {};

  /** The factor for how often adversity strikes; greater than 0, at most 10. */
  double intensity() default 1;

  /**
   * The real time after which no further seed is tried, in the notation of NATS ({@code 30s},
   * {@code 1m30s}). Shrinking a failure may take as long again.
   */
  String atMost() default "30s";

  /**
   * The real time that one run may take, in the same notation; a run that takes longer is
   * interrupted and fails.
   */
  String runAtMost() default "20s";
}
