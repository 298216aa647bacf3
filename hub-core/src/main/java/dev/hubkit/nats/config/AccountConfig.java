package dev.hubkit.nats.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An account named in a configuration. Limits are -1 where there is none.
 *
 * @param jetStream null when JetStream is not enabled for it
 * @param mappings destinations by subject
 * @param traceDestination subject that traces go to; empty for none
 * @param traceSampling percentage of the messages with a trace parent that are traced
 */
public record AccountConfig(
    String name,
    String nkey,
    List<Export> exports,
    List<Import> imports,
    @Nullable JetStreamLimits jetStream,
    Map<String, List<Destination>> mappings,
    int maxConnections,
    int maxSubscriptions,
    int maxPayload,
    int maxLeafNodes,
    String traceDestination,
    int traceSampling) {

  /** How many responses an exported service gives. */
  public enum ResponseType {
    SINGLETON,
    STREAM,
    CHUNKED
  }

  /**
   * A stream or service offered to other accounts.
   *
   * @param accounts who may import it; empty for everybody
   * @param thresholdNanos how long a response may take; 0 for the default
   * @param latency where latency samples go; null for nowhere
   * @param accountTokenPosition token of the subject that must name the importer; 0 for none
   */
  public record Export(
      boolean service,
      String subject,
      List<String> accounts,
      ResponseType responseType,
      long thresholdNanos,
      @Nullable Latency latency,
      int accountTokenPosition,
      boolean allowTrace) {}

  /** Latency samples of a service: percentage of the requests, 0 for those with a trace header. */
  public record Latency(String subject, int sampling) {}

  /**
   * A stream or service of another account.
   *
   * @param to the subject here; empty for the same (or {@code prefix} in front of it)
   */
  public record Import(
      boolean service,
      String account,
      String subject,
      String to,
      String prefix,
      boolean share,
      boolean allowTrace) {}

  /** Where a mapped subject goes: a weight in percent, and the cluster it is for, or empty. */
  public record Destination(String subject, int weight, String cluster) {}

  /** What an account may use of JetStream; -1 for no limit, sizes in bytes. */
  public record JetStreamLimits(
      long maxMemory,
      long maxStore,
      int maxStreams,
      int maxConsumers,
      int maxAckPending,
      long memoryMaxStreamBytes,
      long storeMaxStreamBytes,
      boolean maxBytesRequired) {
    /** No limits. */
    public static final JetStreamLimits NONE =
        new JetStreamLimits(-1, -1, -1, -1, -1, -1, -1, false);
  }

  /** Collects what a block says. */
  static final class Builder {
    final String name;
    String nkey = "";
    final List<Export> exports = new ArrayList<>();
    final List<Import> imports = new ArrayList<>();
    // What only shows when all accounts are read.
    final List<String> exportProblems = new ArrayList<>();
    @Nullable JetStreamLimits jetStream;
    final Map<String, List<Destination>> mappings = new LinkedHashMap<>();
    int maxConnections = -1;
    int maxSubscriptions = -1;
    int maxPayload = -1;
    int maxLeafNodes = -1;
    @Nullable PermissionsConfig defaultPermissions;
    String traceDestination = "";
    int traceSampling;
    List<UserConfig> users = List.of();
    @Nullable ConfigValue usersPlace;

    Builder(String name) {
      this.name = name;
    }

    AccountConfig build() {
      return new AccountConfig(
          name,
          nkey,
          List.copyOf(exports),
          List.copyOf(imports),
          jetStream,
          Map.copyOf(mappings),
          maxConnections,
          maxSubscriptions,
          maxPayload,
          maxLeafNodes,
          traceDestination,
          traceSampling);
    }
  }
}
