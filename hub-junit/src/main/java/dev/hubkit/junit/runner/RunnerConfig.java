package dev.hubkit.junit.runner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that a {@link NatsServerRunner} starts its server with, and its ports. It
 * replaces ports as jnats-server-runner 3.0 does: the number behind {@code port:} in the file by
 * the port that the test asked for, and {@code port: <key>} by the port of that key.
 */
final class RunnerConfig {
  /** What stands for any free port, in a configuration and as a port that a test asks for. */
  static final int ANY = -1;

  private static final int DEFAULT_PORT = 4222;
  private static final Pattern NUMBER = Pattern.compile("port:\\s*(\\d+)");
  private static final Pattern KEY = Pattern.compile("port:\\s*<(\\w+)>");

  private final Map<String, Integer> ports;
  private final List<String> lines = new ArrayList<>();
  private final int wanted;
  private int depth;
  private boolean wantedIsTaken;
  private boolean hasNatsPort;

  private RunnerConfig(Map<String, Integer> ports) {
    this.ports = new HashMap<>(ports);
    int asked = this.ports.computeIfAbsent(NatsRunnerUtils.CONFIG_PORT_KEY, key -> ANY);
    wanted = asked <= 0 ? ANY : asked;
    this.ports.put(NatsRunnerUtils.NON_NATS_PORT_KEY, ANY);
    setNatsPort(wanted);
    hasNatsPort = false;
  }

  /**
   * Composes a configuration.
   *
   * @throws IOException if the file cannot be read, has the number of a port twice, or there is no
   *     free port
   */
  static RunnerConfig of(
      Map<String, Integer> ports, @Nullable Path file, @Nullable List<String> inserts)
      throws IOException {
    RunnerConfig config = new RunnerConfig(ports);
    if (file != null) {
      for (String line : Files.readAllLines(file)) {
        config.add(line);
      }
      config.completePorts();
    } else if (inserts != null) {
      config.completePorts();
    }
    if (inserts != null) {
      for (String line : inserts) {
        if (!line.startsWith("port:")) {
          config.lines.add(config.withMappedPort(line));
        }
      }
    }
    return config;
  }

  private void add(String line) throws IOException {
    String text = line.trim();
    if (text.endsWith("{")) {
      depth++;
    } else if (text.startsWith("}")) {
      depth--;
    }
    Matcher number = NUMBER.matcher(line);
    if (!number.find()) {
      lines.add(withMappedPort(line));
      return;
    }
    if (wantedIsTaken) {
      throw new IOException(
          "Improper configuration, cannot assign port multiple times: write port: <name> for the"
              + " second, in "
              + text);
    }
    wantedIsTaken = true;
    int port = wanted;
    if (depth == 0) {
      setNatsPort(wanted);
    } else {
      // Only the port for NATS clients can be asked for when the server runs.
      port = wanted == ANY ? NatsRunnerUtils.nextPort() : wanted;
      ports.put(NatsRunnerUtils.USER_PORT_KEY, port);
      ports.put(NatsRunnerUtils.NON_NATS_PORT_KEY, port);
    }
    lines.add(line.substring(0, number.start(1)) + port + line.substring(number.end(1)));
  }

  private String withMappedPort(String line) throws IOException {
    Matcher key = KEY.matcher(line);
    if (!key.find()) {
      return line;
    }
    String name = key.group(1);
    Integer mapped = ports.get(name);
    if (mapped == null) {
      mapped = NatsRunnerUtils.nextPort();
      ports.put(name, mapped);
    }
    if (depth == 0 && !hasNatsPort) {
      ports.put(NatsRunnerUtils.NATS_PORT_KEY, mapped);
      hasNatsPort = true;
    } else {
      ports.put(NatsRunnerUtils.NON_NATS_PORT_KEY, mapped);
    }
    return line.replace("<" + name + ">", mapped.toString());
  }

  // Adds the line that is missing. nats-server takes its default where the file has the port of a
  // block alone.
  private void completePorts() {
    if (hasNatsPort) {
      return;
    }
    if (wantedIsTaken) {
      ports.put(NatsRunnerUtils.NATS_PORT_KEY, DEFAULT_PORT);
    } else {
      setNatsPort(wanted);
      lines.add("port: " + wanted);
    }
  }

  private void setNatsPort(int port) {
    ports.put(NatsRunnerUtils.USER_PORT_KEY, port);
    ports.put(NatsRunnerUtils.NATS_PORT_KEY, port);
    hasNatsPort = true;
  }

  /** Takes the port that the server listens on in the place of {@link #ANY}. */
  void listensOn(int port) {
    if (port(NatsRunnerUtils.NATS_PORT_KEY) != ANY) {
      return;
    }
    ports.put(NatsRunnerUtils.NATS_PORT_KEY, port);
    if (port(NatsRunnerUtils.USER_PORT_KEY) == ANY) {
      ports.put(NatsRunnerUtils.USER_PORT_KEY, port);
    }
  }

  /** Returns the port of a key that every configuration has. */
  int port(String key) {
    Integer port = ports.get(key);
    if (port == null) {
      throw new IllegalArgumentException("There is no port " + key + "; there are " + ports);
    }
    return port;
  }

  /** Returns the port of a key; null if there is none. */
  @Nullable Integer find(String key) {
    return ports.get(key);
  }

  /** Returns the lines of the configuration file; empty if there is none. */
  List<String> lines() {
    return lines;
  }
}
