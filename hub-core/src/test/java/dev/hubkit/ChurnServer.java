package dev.hubkit;

import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.web.FossilServer;
import dev.hubkit.fossil.web.FossilServerOptions;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.net.Pipe;
import dev.hubkit.work.MemoryBudget;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs servers of each kind in a separate JVM, which reports what it uses. It answers each line of
 * its input with one line: {@code usage}, {@code files} for the names of the open files, or {@code
 * pipe N TEXT}, which makes N connections within the JVM that send the text, with {@code |} for
 * ends of lines.
 */
final class ChurnServer {
  private final NatsServer plain;
  private final NatsServer secured;

  private ChurnServer(NatsServer plain, NatsServer secured) {
    this.plain = plain;
    this.secured = secured;
  }

  /** The resources that such a JVM uses, memory in bytes, and the totals of its servers. */
  record Usage(
      long threads,
      long descriptors,
      long heap,
      long resident,
      long clients,
      long subscriptions,
      long reserved) {
    static Usage parse(String line) {
      long[] numbers = Stream.of(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
      return new Usage(
          numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
    }

    String line() {
      return String.join(
          " ",
          Stream.of(threads, descriptors, heap, resident, clients, subscriptions, reserved)
              .map(String::valueOf)
              .toList());
    }
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    FossilRepository repository =
        FossilRepository.create(
            directory.resolve("r.fossil"), CreateOptions.withAdministrator("admin"));
    FossilServer fossil =
        FossilServer.start(repository, FossilServerOptions.defaults().withPort(0));
    NatsServer plain = start(directory.resolve("plain.conf"));
    NatsServer secured = start(directory.resolve("secured.conf"));
    System.out.println(
        String.join(
            " ",
            Stream.of(
                    plain.port(),
                    plain.webSocketPort(),
                    plain.monitorPort(),
                    plain.clusterPort(),
                    secured.port(),
                    secured.webSocketPort(),
                    fossil.port())
                .map(String::valueOf)
                .toList()));
    ChurnServer server = new ChurnServer(plain, secured);
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      if (order.startsWith("pipe ")) {
        String[] words = order.split(" ", 3);
        server.churnPipes(Integer.parseInt(words[1]), words[2].replace("|", "\r\n"));
      }
      System.out.println(order.equals("files") ? files() : server.usage().line());
    }
    // The JVM ends with the process that started it.
    Runtime.getRuntime().halt(0);
  }

  private static NatsServer start(Path config) throws IOException {
    return NatsServer.start(NatsOptions.of(ConfigFile.read(config.toString(), name -> null)));
  }

  private void churnPipes(int count, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    byte[] answer = new byte[4096];
    for (int i = 0; i < count; i++) {
      try (Pipe pipe = plain.connectInProcess()) {
        pipe.write(bytes, 0, bytes.length);
        if (pipe.read(answer, 0, answer.length) <= 0) {
          throw new IllegalStateException("no INFO");
        }
      }
    }
  }

  private static String files() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return String.join(" ", open.map(ChurnServer::target).sorted().toList());
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString().replaceAll("\\[\\d+]", "");
    } catch (IOException e) {
      return "gone";
    }
  }

  private Usage usage() throws IOException {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    // A repository keeps some connections to its file open for later readers.
    long descriptors =
        Stream.of(files().split(" ", -1)).filter(name -> !name.contains("/r.fossil")).count();
    long pages = Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[1]);
    long subscriptions = 0;
    for (NatsServer each : List.of(plain, secured)) {
      subscriptions +=
          ServerAccess.account(each, NatsServer.GLOBAL_ACCOUNT).interest().subscriptionCount();
    }
    return new Usage(
        ManagementFactory.getThreadMXBean().getThreadCount(),
        descriptors,
        runtime.totalMemory() - runtime.freeMemory(),
        pages * 4096,
        plain.clients().all().size()
            + secured.clients().all().size()
            + ServerAccess.routes(plain).size(),
        subscriptions,
        MemoryBudget.CONNECTIONS.used()
            + MemoryBudget.BUFFERS.used()
            + MemoryBudget.CONTENTS.used());
  }
}
