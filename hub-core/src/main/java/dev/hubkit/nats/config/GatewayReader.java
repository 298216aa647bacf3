package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.time.GoDuration;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the {@code gateway} block. Hub has no gateways: a block that only tells where to listen for
 * other clusters changes nothing for clients, and a server starts with it; one with gateways to
 * connect to is not supported.
 */
final class GatewayReader {
  private static final long MAX_PING_NANOS = 15_000_000_000L;

  private static final FieldTable<GatewayReader> FIELDS =
      new FieldTable<GatewayReader>()
          .field("name", (block, value) -> block.name = block.name(value))
          .field("listen", (block, value) -> block.port = Listen.of(value).port())
          .field("port", (block, value) -> block.port = value.int32())
          .field("host", "net", (block, value) -> value.string())
          .field("authorization", GatewayReader::authorization)
          .field("tls", (block, value) -> TlsReader.read(value, false, block.problems))
          .field("advertise", (block, value) -> value.string())
          .field("connect_retries", (block, value) -> value.integer())
          .field("connect_backoff", (block, value) -> value.bool())
          .field("gateways", GatewayReader::gateways)
          .field("reject_unknown", "reject_unknown_cluster", (block, value) -> value.bool())
          .field(
              "write_deadline", (block, value) -> block.problems.duration("write_deadline", value))
          .field("write_timeout", (block, value) -> ServerFields.writeTimeout(value))
          .field("ping_interval", GatewayReader::pingInterval)
          .field("ping_max", (block, value) -> value.integer())
          .since(Compatibility.V2_15, "ping_interval", "ping_max");

  private static final FieldTable<Entry> ENTRY =
      new FieldTable<Entry>()
          .field("name", (entry, value) -> entry.name = value.string())
          .field("tls", (entry, value) -> TlsReader.read(value, false, entry.problems))
          .field(
              "url",
              (entry, value) -> {
                ClusterReader.url(value.string(), "gateway", value);
                entry.urls++;
              })
          .field(
              "urls",
              (entry, value) ->
                  entry.urls = ClusterReader.urls(value, "gateway", entry.problems).size());

  private static final class Entry {
    private final Problems problems;
    private String name = "";
    private int urls;

    Entry(Problems problems) {
      this.problems = problems;
    }
  }

  /** A cluster to connect to, as far as nats-server checks it when it starts. */
  record Remote(String name, int urls) {}

  /** What nats-server checks when it starts. */
  record Gateway(String name, int port, List<Remote> remotes) {
    /** Checks it (validateGatewayOptions in nats-server's {@code gateway.go}). */
    void check() {
      if (name.isEmpty() && port == 0) {
        return;
      }
      if (name.isEmpty()) {
        throw new ConfigException("gateway has no name");
      }
      if (port == 0) {
        throw new ConfigException(
            "gateway " + quoted(name) + " has no port specified (select -1 for random port)");
      }
      for (int i = 0; i < remotes.size(); i++) {
        if (remotes.get(i).name().isEmpty()) {
          throw new ConfigException("gateway in the list " + i + " has no name");
        }
        if (remotes.get(i).urls() == 0) {
          throw new ConfigException("gateway " + quoted(remotes.get(i).name()) + " has no URL");
        }
      }
    }

    boolean isDefined() {
      return !name.isEmpty() || port != 0;
    }
  }

  private final Problems problems;
  private final AuthorizationReader authorization;
  private String name = "";
  private int port;
  private List<Remote> remotes = List.of();

  GatewayReader(Problems problems, AuthorizationReader authorization) {
    this.problems = problems;
    this.authorization = authorization;
  }

  Gateway read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected gateway to be a map, got " + value.type());
    }
    FIELDS.readAll(this, value, problems);
    if (port != 0) {
      problems.leftOut(value, "gateway: Hub has no gateways and does not listen for them");
    }
    return new Gateway(name, port, remotes);
  }

  private String name(ConfigValue value) {
    if (value.string().contains(" ")) {
      throw value.error("gateway name cannot contain spaces");
    }
    return ClusterReader.unreserved(value, problems.compatibility());
  }

  private void authorization(ConfigValue value) {
    AuthorizationReader.Block block = authorization.read(value);
    if (block.users != null) {
      throw value.error("Gateway authorization does not allow multiple users");
    }
    if (!block.token.isEmpty()) {
      throw value.error("Gateway authorization does not support tokens");
    }
    if (block.callout != null) {
      throw value.error("Gateway authorization does not support callouts");
    }
  }

  private void pingInterval(ConfigValue value) {
    if (problems.duration("ping_interval", value) > MAX_PING_NANOS) {
      problems.warn(
          value,
          "Gateway 'ping_interval' will reset to "
              + GoDuration.format(MAX_PING_NANOS)
              + " which is the max for gateways");
    }
  }

  private void gateways(ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected gateways field to be an array, got " + value.type());
    }
    List<Remote> read = new ArrayList<>();
    for (ConfigValue element : value.list()) {
      if (element.isMap()) {
        Entry entry = new Entry(problems);
        ENTRY.readAll(entry, element, problems);
        read.add(new Remote(entry.name, entry.urls));
      } else {
        problems.add(
            element, "Expected gateway entry to be a map/struct, got " + element.formatted());
      }
    }
    remotes = List.copyOf(read);
    if (!remotes.isEmpty()) {
      problems.unsupported("gateways", "Hub has no gateways", value);
    }
  }
}
