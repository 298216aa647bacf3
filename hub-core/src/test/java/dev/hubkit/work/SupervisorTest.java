package dev.hubkit.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SupervisorTest {
  private static final Logger LOGGER = Logger.getLogger(Supervisor.class.getName());
  private static final String OWNER = "supervisor-test";
  private static final Pattern UNLOGGED = Pattern.compile("(\\d+) more failures were not logged");

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Supervisor supervisor = new Supervisor(OWNER);
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          String text = String.valueOf(entry.getMessage());
          if (text.contains(OWNER)) {
            lines.add(text);
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOGGER.addHandler(handler);
    LOGGER.setUseParentHandlers(false);
  }

  @AfterEach
  void listenNoMore() {
    LOGGER.removeHandler(handler);
    LOGGER.setUseParentHandlers(true);
  }

  private static void fail() {
    throw new IllegalStateException("on purpose");
  }

  private int unlogged() {
    int sum = 0;
    for (String line : lines) {
      Matcher matcher = UNLOGGED.matcher(line);
      sum += matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }
    return sum;
  }

  private long logged() {
    return lines.stream().filter(line -> !UNLOGGED.matcher(line).find()).count();
  }

  @Test
  void logsTwentyFailuresASecondAndThenHowManyMoreThereWere() {
    long begun = System.nanoTime();
    AtomicInteger failures = new AtomicInteger();
    AtomicInteger handled = new AtomicInteger();
    for (int i = 0; i < 1000; i++) {
      failures.incrementAndGet();
      assertThat(
              supervisor.run("a task", SupervisorTest::fail, failure -> handled.incrementAndGet()))
          .isFalse();
    }
    long seconds = (System.nanoTime() - begun) / 1_000_000_000 + 2;
    assertThat(handled.get()).as("failures that are not logged are handled, too").isEqualTo(1000);
    assertThat(logged()).isBetween(20L, 20 * seconds);
    // The first log line in another second says how many were left out.
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              failures.incrementAndGet();
              supervisor.run("a task", SupervisorTest::fail);
              return unlogged() > 0 && unlogged() + logged() == failures.get();
            });
  }
}
