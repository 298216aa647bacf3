package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.account.AccountPlaceholders;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.tls.TlsContext;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code remotes} of leaf nodes, for what nats-server would refuse of them. */
final class LeafRemoteReader {
  private static final FieldTable<Entry> FIELDS =
      new FieldTable<Entry>()
          .field(
              "no_randomize", "dont_randomize", (entry, value) -> entry.randomize = !value.bool())
          .field("url", "urls", Entry::urls)
          .field("account", "local", (entry, value) -> entry.account = value.string())
          .field("creds", "credentials", Entry::credentials)
          .field("nkey", "seed", Entry::seed)
          .field("tls", (entry, value) -> entry.tls = TlsReader.read(value, true, entry.problems))
          .field("hub", (entry, value) -> entry.hub = value.bool())
          .field(
              "deny_imports",
              "deny_import",
              (entry, value) ->
                  entry.denyImports = PermissionsReader.subjectList(value, false, false))
          .field(
              "deny_exports",
              "deny_export",
              (entry, value) ->
                  entry.denyExports = PermissionsReader.subjectList(value, false, false))
          .field(
              List.of(
                  "ws_compress", "ws_compression", "websocket_compress", "websocket_compression"),
              (entry, value) -> entry.webSocketCompression = value.bool())
          .field(
              "ws_no_masking",
              "websocket_no_masking",
              (entry, value) -> entry.webSocketMasking = !value.bool())
          .field("jetstream_cluster_migrate", "js_cluster_migrate", Entry::migrate)
          .field(
              "isolate_leafnode_interest",
              "isolate",
              (entry, value) -> entry.isolate = value.bool())
          .field("request_isolation", (entry, value) -> entry.requestIsolation = value.bool())
          .named(
              List.of("compression"),
              (entry, name, value) -> entry.compression = CompressionReader.read(name, value))
          .field(
              "first_info_timeout",
              (entry, value) ->
                  entry.firstInfoTimeout = entry.problems.duration("first_info_timeout", value))
          .field(
              "dial_timeout",
              (entry, value) -> entry.dialTimeout = entry.problems.duration("dial_timeout", value))
          .field("disabled", (entry, value) -> entry.disabled = value.bool())
          .field("proxy", Entry::proxy)
          .field(
              "ignore_discovered_servers", (entry, value) -> entry.ignoreDiscovered = value.bool());

  /** What nats-server checks of a remote when it starts. */
  record Remote(
      String account, List<URI> urls, CompressionConfig compression, LeafRemoteConfig config) {}

  private final Problems problems;

  LeafRemoteReader(Problems problems) {
    this.problems = problems;
  }

  List<Remote> read(ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected remotes field to be an array, got " + value.type());
    }
    List<Remote> remotes = new ArrayList<>();
    for (ConfigValue element : value.list()) {
      if (element.isMap()) {
        Entry entry = new Entry(problems);
        FIELDS.readAll(entry, element, problems);
        remotes.add(new Remote(entry.account, entry.urls, entry.compression, entry.config()));
      } else {
        problems.add(
            element,
            "Expected remote leafnode entry to be a map/struct, got " + element.formatted());
      }
    }
    return remotes;
  }

  private static final class Entry {
    private final Problems problems;
    private String account = "";
    private List<URI> urls = List.of();
    private boolean randomize = true;
    private String credentials = "";
    private String seed = "";
    private @Nullable TlsContext tls;
    private boolean hub;
    private List<String> denyImports = List.of();
    private List<String> denyExports = List.of();
    private long firstInfoTimeout;
    private long dialTimeout;
    private boolean disabled;
    private boolean ignoreDiscovered;
    private boolean isolate;
    private boolean requestIsolation;
    private boolean webSocketCompression;
    private boolean webSocketMasking = true;
    private @Nullable LeafProxyConfig proxy;
    private CompressionConfig compression = CompressionConfig.DEFAULT;

    Entry(Problems problems) {
      this.problems = problems;
    }

    private LeafRemoteConfig config() {
      return new LeafRemoteConfig(
          account,
          urls,
          randomize,
          credentials,
          seed,
          tls,
          hub,
          denyImports,
          denyExports,
          compression,
          firstInfoTimeout,
          dialTimeout,
          disabled,
          ignoreDiscovered,
          isolate,
          requestIsolation,
          webSocketCompression,
          webSocketMasking,
          proxy);
    }

    private void proxy(ConfigValue value) {
      proxy = new LeafProxyReader(problems).read(value);
    }

    private void urls(ConfigValue value) {
      if (value.isString()) {
        urls = List.of(ClusterReader.url(value.string(), "leafnode", value));
      } else if (value.isList()) {
        urls = ClusterReader.urls(value, "leafnode", problems);
      } else {
        throw value.error(
            "Expected remote leafnode url to be an array or string, got " + value.formatted());
      }
    }

    private void credentials(ConfigValue value) {
      credentials = value.string();
      requireOne(value);
    }

    private void seed(ConfigValue value) {
      String text = value.string();
      if (!text.startsWith("SU") || text.length() != 58) {
        throw value.error("Remote leafnode nkey is not a valid seed: " + quoted(text));
      }
      seed = text;
      requireOne(value);
    }

    private void requireOne(ConfigValue value) {
      if (!credentials.isEmpty() && !seed.isEmpty()) {
        throw value.error("Remote leafnode can not have both creds and nkey defined");
      }
    }

    private void migrate(ConfigValue value) {
      if (value.isMap()) {
        ConfigValue delay = value.map().get("leader_migrate_delay");
        if (delay != null) {
          problems.duration("leader_migrate_delay", delay);
        }
      } else if (!value.isBool()) {
        throw value.error(
            "Expected boolean or map for jetstream_cluster_migrate, got " + value.type());
      }
    }
  }

  /** Checks remotes as nats-server does when it starts. */
  static void check(List<Remote> remotes, Compatibility compatibility) {
    Set<List<Object>> known = new HashSet<>();
    for (Remote remote : remotes) {
      if (compatibility.atLeast(Compatibility.V2_15)) {
        checkRules(remote, "deny_imports", remote.config().denyImports());
        checkRules(remote, "deny_exports", remote.config().denyExports());
      }
      if (!known.add(List.of(remote.account(), remote.urls(), remote.compression()))) {
        throw new ConfigException("duplicate remote " + remote.urls());
      }
      long webSockets = remote.urls().stream().filter(LeafRemoteReader::isWebSocket).count();
      if (webSockets > 0 && webSockets < remote.urls().size()) {
        List<String> shown = remote.urls().stream().map(url -> quoted(url.toString())).toList();
        throw new ConfigException(
            "remote leaf node configuration cannot have a mix of websocket and non-websocket urls: "
                + "["
                + String.join(" ", shown)
                + "]");
      }
      remote.compression().check();
    }
  }

  // All but the account at the hub is known (validateLeafNode in nats-server's leafnode.go).
  private static void checkRules(Remote remote, String name, List<String> rules) {
    String account = remote.account().isEmpty() ? "$G" : remote.account();
    List<String> wrong = new ArrayList<>();
    AccountPlaceholders.expandRules(rules, account, "", true, wrong::add);
    if (!wrong.isEmpty()) {
      throw new ConfigException(
          "invalid "
              + name
              + " for remote "
              + named(remote, account)
              + ": "
              + String.join("\n", wrong));
    }
  }

  // generateRemoteLeafOptsName in nats-server's opts.go, without secrets.
  private static String named(Remote remote, String account) {
    List<String> urls = remote.urls().stream().map(url -> quoted(withoutPassword(url))).toList();
    LeafRemoteConfig config = remote.config();
    String login =
        !config.credentials().isEmpty()
            ? ", credentials=" + quoted(config.credentials())
            : config.seed().isEmpty() ? "" : ", nkey=\"[REDACTED]\"";
    return "urls=[" + String.join(" ", urls) + "], account=" + quoted(account) + login;
  }

  private static String withoutPassword(URI url) {
    String login = url.getRawUserInfo();
    int colon = login == null ? -1 : login.indexOf(':');
    return colon < 0
        ? url.toString()
        : url.toString().replace("//" + login + "@", "//" + login.substring(0, colon) + ":xxxxx@");
  }

  private static boolean isWebSocket(URI url) {
    return "ws".equalsIgnoreCase(url.getScheme()) || "wss".equalsIgnoreCase(url.getScheme());
  }
}
