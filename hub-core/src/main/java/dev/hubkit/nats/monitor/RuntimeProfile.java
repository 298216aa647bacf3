package dev.hubkit.nats.monitor;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/**
 * What the Java runtime shows of itself in place of what the one of Go does: its threads, and the
 * use of memory, as text.
 */
public final class RuntimeProfile {
  private RuntimeProfile() {}

  /** Returns the stacks of all threads, by the names of these. */
  public static String threads() {
    StringBuilder text = new StringBuilder();
    Thread.getAllStackTraces().entrySet().stream()
        .sorted(Comparator.comparing((Map.Entry<Thread, ?> each) -> each.getKey().getName()))
        .forEach(each -> thread(text, each.getKey(), each.getValue()));
    return text.toString();
  }

  private static void thread(StringBuilder text, Thread thread, StackTraceElement[] stack) {
    text.append('"')
        .append(thread.getName())
        .append("\" [")
        .append(thread.getState().name().toLowerCase(Locale.ROOT))
        .append("]:\n");
    for (StackTraceElement frame : stack) {
      text.append("\tat ").append(frame).append('\n');
    }
    text.append('\n');
  }

  /** Returns how many threads there are. */
  static int threadCount() {
    return ManagementFactory.getThreadMXBean().getThreadCount();
  }

  /** Returns how much memory of each kind is in use, in bytes. */
  public static String memory() {
    StringBuilder text = new StringBuilder();
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage usage = pool.getUsage();
      if (usage != null) {
        text.append(pool.getName()).append(": ").append(usage).append('\n');
      }
    }
    return text.toString();
  }
}
