package dev.hubkit.time;

import dev.hubkit.work.SupervisedTask;
import java.util.Locale;

/** Names timers for people by the class that has set them, as in {@code message expiry}. */
public final class TimerName {
  private static final String LAMBDA = "$$Lambda";

  private TimerName() {}

  /** Returns the name of a timer with this task. */
  static String of(Runnable task) {
    if (task instanceof SupervisedTask supervised) {
      return of(supervised.origin());
    }
    return isLambda(task.getClass()) ? of(task.getClass()) : task.toString();
  }

  /** Returns the name of a timer that this class has set, or the class of this lambda. */
  public static String of(Class<?> owner) {
    String name = owner.getName();
    int lambda = name.indexOf(LAMBDA);
    String whole = lambda < 0 ? name : name.substring(0, lambda);
    String simple = whole.substring(Math.max(whole.lastIndexOf('.'), whole.lastIndexOf('$')) + 1);
    return simple.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  private static boolean isLambda(Class<?> type) {
    return type.getName().contains(LAMBDA);
  }
}
