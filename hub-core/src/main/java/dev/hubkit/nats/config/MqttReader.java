package dev.hubkit.nats.config;

import dev.hubkit.nats.config.Problems.Listen;
import java.util.List;

/**
 * Reads the {@code mqtt} block. Hub does not speak MQTT: a block without a port switches nothing
 * on, as in nats-server, and a server starts with it; one with a port is not supported.
 */
final class MqttReader {
  private static final int HIGHEST_ACK_PENDING = 0xffff;

  private static final FieldTable<MqttReader> FIELDS =
      new FieldTable<MqttReader>()
          .field("listen", (block, value) -> block.port = Listen.of(value).port())
          .field("port", (block, value) -> block.port = value.int32())
          .field("host", "net", (block, value) -> value.string())
          .field("tls", (block, value) -> TlsReader.read(value, true, block.problems))
          .field(
              "authorization",
              "authentication",
              (block, value) -> block.login = block.authorization.readListener(value))
          .field("no_auth_user", (block, value) -> block.noAuthUser = value.string())
          .field(
              "ack_wait",
              "ackwait",
              (block, value) -> block.ackWait = block.problems.duration("ack_wait", value))
          .field(
              "js_api_timeout",
              "api_timeout",
              (block, value) -> block.apiTimeout = block.problems.duration("js_api_timeout", value))
          .field(
              List.of("max_ack_pending", "max_pending", "max_inflight"),
              (block, value) -> ackPending(value))
          .field("js_domain", (block, value) -> value.string())
          .field("stream_replicas", (block, value) -> value.integer())
          .named(List.of("consumer_replicas"), MqttReader::consumerReplicas)
          .field("consumer_memory_storage", (block, value) -> value.bool())
          .field(
              "consumer_inactive_threshold",
              "consumer_auto_cleanup",
              (block, value) -> block.problems.duration("consumer_inactive_threshold", value))
          .field("reject_qos2_publish", "downgrade_qos2_subscribe", (block, value) -> value.bool());

  /** What nats-server checks when it starts. */
  record Mqtt(
      int port, String user, String token, String noAuthUser, long ackWait, long apiTimeout) {
    /** Checks what does not depend on the rest of the configuration. */
    void check(boolean listed) {
      if (listed && !user.isEmpty()) {
        throw new ConfigException(
            "mqtt authentication username not compatible with presence of users/nkeys");
      }
      if (listed && !token.isEmpty()) {
        throw new ConfigException(
            "mqtt authentication token not compatible with presence of users/nkeys");
      }
      if (ackWait < 0) {
        throw new ConfigException("ack wait must be a positive value");
      }
      if (apiTimeout < 0) {
        throw new ConfigException("JS API timeout must be a positive value");
      }
    }
  }

  private final Problems problems;
  private final AuthorizationReader authorization;
  private int port;
  private AuthorizationReader.Block login = new AuthorizationReader.Block();
  private String noAuthUser = "";
  private long ackWait;
  private long apiTimeout;

  MqttReader(Problems problems, AuthorizationReader authorization) {
    this.problems = problems;
    this.authorization = authorization;
  }

  Mqtt read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected mqtt to be a map, got " + value.type());
    }
    FIELDS.readAll(this, value, problems);
    if (port != 0) {
      problems.unsupported("mqtt", "Hub does not speak MQTT", value);
    }
    return new Mqtt(port, login.user, login.token, noAuthUser, ackWait, apiTimeout);
  }

  private static void ackPending(ConfigValue value) {
    long count = value.integer();
    if (count < 0 || count > HIGHEST_ACK_PENDING) {
      throw value.error("invalid value " + count + ", should in [0..65535] range");
    }
  }

  private void consumerReplicas(String name, ConfigValue value) {
    problems.warn(
        value,
        "invalid use of field "
            + Problems.quoted(name)
            + ": consumer replicas setting ignored in this server version");
  }
}
