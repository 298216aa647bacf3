package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.Seed;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Runs the hub under attack: NATS with all its ports, and Fossil. Its arguments are the root and
 * the configuration of the NATS server. It prints where it listens and, when asked, what it uses;
 * it ends as the command does, by a shutdown hook.
 */
final class HostileServer {
  private HostileServer() {}

  public static void main(String[] arguments) throws Exception {
    NatsOptions nats = NatsOptions.of(ConfigFile.read(arguments[1], name -> null));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append(i * 7919L).append(" lines of text\n");
    }
    HubOptions options =
        HubOptions.builder()
            .natsPort(0)
            .fossilPort(0)
            .drainTimeout(Duration.ofSeconds(1))
            .seed(Seed.file("README", text.toString()))
            .tuneNats(ignored -> nats.toBuilder())
            .build();
    Hub hub = Hub.start(Path.of(arguments[0]), options);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(hub)));
    say(
        "ready "
            + hub.natsPort()
            + " "
            + hub.nats().webSocketPort()
            + " "
            + hub.nats().monitorPort()
            + " "
            + hub.fossilPort());
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (line.equals("vitals")) {
        say("vitals " + vitals());
      } else if (line.equals("threads")) {
        say("threads " + threads());
      } else if (line.startsWith("classes ")) {
        Files.writeString(Path.of(line.substring("classes ".length())), classes());
        say("classes are told");
      }
    }
    // The process also ends with the one that started it.
    Runtime.getRuntime().halt(1);
  }

  private static void close(Hub hub) {
    try {
      hub.close();
    } catch (RuntimeException e) {
      System.err.println("The close of the hub failed: " + e);
    }
  }

  private static String vitals() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    long direct = 0;
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      direct += pool.getMemoryUsed();
    }
    long descriptors =
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getOpenFileDescriptorCount()
            : 0;
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    return heap + " " + direct + " " + threads + " " + descriptors;
  }

  /** Returns how many objects of each class are alive, from {@code jcmd GC.class_histogram}. */
  private static String classes() throws JMException {
    return (String)
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
  }

  private static String threads() {
    StringBuilder names = new StringBuilder();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      names.append(thread.getName()).append(", ");
    }
    return names.toString();
  }

  private static void say(String line) throws IOException {
    System.out.write((line + "\n").getBytes(UTF_8));
    System.out.flush();
  }
}
