package dev.hubkit.work;

import org.jspecify.annotations.Nullable;

/**
 * A step of supervised work at which a test can have something thrown. For tests only: with the
 * system property {@value #PROPERTY} set to {@code true} when the class is loaded, {@link #reach}
 * calls the {@link Injector} of the moment, which throws what it likes. Without the property a step
 * costs the look at a constant.
 *
 * <p>Every worker (an event loop, a lane, a timer, a change of streams, a route, an HTTP worker)
 * has one at each of its steps, so that a test can walk over {@link #values()}.
 */
public enum WorkStep {
  // Lanes of JetStream

  /** A lane that is busy goes over to the workers. */
  LANE_HAND_OVER,

  // Requests to the JetStream API

  /** A step of a request begins, on the requester's thread or on a lane. */
  API_STEP,

  // Changes to the streams of an account

  /** A change begins, which excludes others. */
  MUTATION_BEGUN,
  ;

  /** The system property that arms all steps of this JVM. */
  public static final String PROPERTY = "hub.work.injection";

  private static final boolean ARMED = Boolean.getBoolean(PROPERTY);

  private static volatile @Nullable Injector injector;

  /** What a test puts in. */
  @FunctionalInterface
  public interface Injector {
    /** A thread comes to a step; whatever this throws is thrown there. */
    void reached(WorkStep step);
  }

  /** Comes to this step. */
  public void reach() {
    if (ARMED) {
      Injector present = injector;
      if (present != null) {
        present.reached(this);
      }
    }
  }

  /** Whether an injector would be called in this JVM. */
  public static boolean isArmed() {
    return ARMED;
  }

  /** Has every step call {@code put} from now on; null for none. */
  public static void inject(@Nullable Injector put) {
    injector = put;
  }
}
