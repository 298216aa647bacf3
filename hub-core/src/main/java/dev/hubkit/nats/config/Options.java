package dev.hubkit.nats.config;

import dev.hubkit.nats.credential.OperatorClaims;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.tls.TlsContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a server can be told, under the names nats-server has for it. Strings are empty and
 * numbers 0 where nothing is set; durations are nanoseconds, sizes bytes.
 */
public final class Options {
  /** Unlike the real server, Hub listens on the loopback address where nothing else is said. */
  public static final Option<String> HOST = Option.fixed("host", "127.0.0.1");

  /** 0 takes any free port, as a configuration's -1 does. */
  public static final Option<Integer> PORT = Option.fixed("port", 4222);

  /** The file the configuration was read from; empty when there is none. */
  public static final Option<String> CONFIG_FILE = Option.reloadable("config_file", "");

  /** The releases of nats-server that the server behaves like; an option of Hub's own. */
  public static final Option<Compatibility> COMPATIBILITY =
      Option.fixed("compat", Compatibility.current());

  /**
   * Whether a lone server takes streams and consumers of several replicas, as a cluster would; an
   * option of Hub's own.
   */
  public static final Option<Boolean> ACCEPT_REPLICAS = Option.fixed("accept_replicas", false);

  /** By name; also flags that the server does not know. */
  public static final Option<Map<String, Boolean>> FEATURE_FLAGS =
      Option.fixed("feature_flags", Map.of());

  public static final Option<String> SERVER_NAME = Option.fixed("server_name", "");
  public static final Option<String> CLIENT_ADVERTISE = Option.reloadable("client_advertise", "");
  public static final Option<Map<String, String>> METADATA =
      Option.reloadable("server_metadata", Map.of());
  public static final Option<List<String>> TAGS = Option.reloadable("server_tags", List.of());

  public static final Option<Boolean> DEBUG = Option.reloadable("debug", false);
  public static final Option<Boolean> TRACE = Option.reloadable("trace", false);
  public static final Option<Boolean> TRACE_VERBOSE = Option.reloadable("trace_verbose", false);
  public static final Option<Boolean> TRACE_HEADERS = Option.reloadable("trace_headers", false);
  public static final Option<Boolean> LOGTIME = Option.reloadable("logtime", true);
  public static final Option<Boolean> LOGTIME_UTC = Option.reloadable("logtime_utc", false);
  public static final Option<String> LOG_FILE = Option.reloadable("logfile", "");
  public static final Option<Long> LOG_SIZE_LIMIT = Option.fixed("logfile_size_limit", 0L);
  public static final Option<Long> LOG_MAX_FILES = Option.fixed("logfile_max_num", 0L);
  public static final Option<Boolean> SYSLOG = Option.reloadable("syslog", false);
  public static final Option<String> REMOTE_SYSLOG = Option.reloadable("remote_syslog", "");
  public static final Option<Integer> MAX_TRACED_MESSAGE =
      Option.reloadable("max_traced_msg_len", 0);
  public static final Option<String> PID_FILE = Option.reloadable("pid_file", "");
  public static final Option<String> PORTS_FILE_DIRECTORY = Option.reloadable("ports_file_dir", "");

  public static final Option<String> HTTP_HOST = Option.fixed("http_host", "");

  /** 0 for no listener, -1 for any free port. */
  public static final Option<Integer> HTTP_PORT = Option.fixed("http_port", 0);

  /** Where the process can be profiled: 0 for no listener, -1 for any free port. */
  public static final Option<Integer> PROFILE_PORT = Option.fixed("prof_port", 0);

  public static final Option<Integer> HTTPS_PORT = Option.fixed("https_port", 0);
  public static final Option<String> HTTP_BASE_PATH = Option.fixed("http_base_path", "");

  public static final Option<Integer> MAX_CONTROL_LINE =
      Option.reloadable("max_control_line", 4096);
  public static final Option<Integer> MAX_PAYLOAD = Option.reloadable("max_payload", 1 << 20);
  public static final Option<Long> MAX_PENDING = Option.fixed("max_pending", 64L << 20);

  /** Negative for no limit. */
  public static final Option<Integer> MAX_CONNECTIONS =
      Option.reloadable("max_connections", 64 << 10);

  public static final Option<Integer> MAX_SUBSCRIPTIONS = Option.fixed("max_subscriptions", 0);
  public static final Option<Integer> MAX_SUBSCRIPTION_TOKENS =
      Option.fixed("max_subscription_tokens", 0);
  public static final Option<Integer> MAX_CLOSED_CLIENTS =
      Option.fixed("max_closed_clients", 10_000);
  public static final Option<Long> PING_INTERVAL =
      Option.reloadable("ping_interval", 120_000_000_000L);
  public static final Option<Integer> MAX_PINGS_OUT = Option.reloadable("ping_max", 2);
  public static final Option<Long> WRITE_DEADLINE =
      Option.reloadable("write_deadline", 10_000_000_000L);

  /** What happens at the write deadline to a client that has taken some: default, close, retry. */
  public static final Option<String> WRITE_TIMEOUT = Option.fixed("write_timeout", "default");

  /** Whether a client that is behind misses messages rather than that publishers wait for it. */
  public static final Option<Boolean> NO_FAST_PRODUCER_STALL =
      Option.reloadable("no_fast_producer_stall", false);

  /** Has no effect on Hub's own cache; a running server refuses another value. */
  public static final Option<Boolean> NO_SUBLIST_CACHE =
      Option.fixed("disable_sublist_cache", false);

  public static final Option<Long> LAME_DUCK_DURATION =
      Option.fixed("lame_duck_duration", 120_000_000_000L);
  public static final Option<Long> LAME_DUCK_GRACE_PERIOD =
      Option.fixed("lame_duck_grace_period", 10_000_000_000L);
  public static final Option<Boolean> NO_HEADERS = Option.fixed("no_header_support", false);

  public static final Option<String> USER = Option.reloadable("username", "");
  public static final Option<String> PASSWORD = Option.reloadable("password", "");
  public static final Option<String> TOKEN = Option.reloadable("authorization", "");

  /** Seconds; 0 for the default of 2, or one more than the handshake may take. */
  public static final Option<Double> AUTH_TIMEOUT = Option.reloadable("auth_timeout", 0.0);

  /** Whether the single user and holders of the token may only come through a trusted proxy. */
  public static final Option<Boolean> PROXY_REQUIRED = Option.reloadable("proxy_required", false);

  /** The public keys of the proxies that are trusted (ADR-55). */
  public static final Option<List<String>> TRUSTED_PROXIES =
      Option.reloadable("proxies", List.of());

  /** Whether clients come through a proxy that tells their address (PROXY protocol). */
  public static final Option<Boolean> PROXY_PROTOCOL = Option.fixed("proxy_protocol", false);

  public static final Option<List<UserConfig>> USERS = Option.reloadable("users", List.of());
  public static final Option<AuthCalloutConfig> AUTH_CALLOUT =
      Option.reloadable("auth_callout", new AuthCalloutConfig("", "", List.of(), "", List.of()));
  public static final Option<String> NO_AUTH_USER = Option.reloadable("no_auth_user", "");
  public static final Option<List<AccountConfig>> ACCOUNTS =
      Option.reloadable("accounts", List.of());
  public static final Option<Map<String, List<AccountConfig.Destination>>> MAPPINGS =
      Option.reloadable("mappings", Map.of());
  public static final Option<String> SYSTEM_ACCOUNT = Option.fixed("system_account", "");
  public static final Option<Boolean> NO_SYSTEM_ACCOUNT = Option.fixed("no_system_account", false);

  @SuppressWarnings("exports")
  public static final Option<List<OperatorClaims>> OPERATORS = Option.fixed("operator", List.of());

  public static final Option<List<String>> TRUSTED_KEYS = Option.fixed("trusted_keys", List.of());
  public static final Option<ResolverConfig> RESOLVER =
      Option.reloadable("resolver", ResolverConfig.memory());

  /** What a resolver that asks a server connects with; empty for the JVM's own certificates. */
  @SuppressWarnings("exports")
  public static final Option<Optional<TlsContext>> RESOLVER_TLS =
      Option.reloadable("resolver_tls", Optional.empty());

  public static final Option<Map<String, String>> RESOLVER_PRELOAD =
      Option.reloadable("resolver_preload", Map.of());
  public static final Option<List<String>> RESOLVER_PINNED_ACCOUNTS =
      Option.reloadable("resolver_pinned_accounts", List.of());
  public static final Option<String> DEFAULT_SENTINEL = Option.reloadable("default_sentinel", "");

  /** Empty where TLS is off. */
  @SuppressWarnings("exports")
  public static final Option<Optional<TlsContext>> TLS = Option.reloadable("tls", Optional.empty());

  public static final Option<Boolean> ALLOW_NON_TLS = Option.fixed("allow_non_tls", false);
  public static final Option<Optional<WebSocketConfig>> WEBSOCKET =
      Option.reloadable("websocket", Optional.empty());
  public static final Option<ClusterConfig> CLUSTER =
      Option.reloadable("cluster", ClusterConfig.NONE);

  public static final Option<LeafNodesConfig> LEAFNODES =
      Option.reloadable("leafnodes", LeafNodesConfig.NONE);

  public static final Option<Boolean> JETSTREAM = Option.fixed("jetstream", false);
  public static final Option<String> STORE_DIR = Option.reloadable("store_dir", "");
  public static final Option<JetStreamConfig> JETSTREAM_SETTINGS =
      Option.reloadable("jetstream", JetStreamConfig.DEFAULT);

  /** The JetStream domain whose API an account without JetStream of its own uses, by account. */
  public static final Option<Map<String, String>> DEFAULT_JS_DOMAINS =
      Option.fixed("default_js_domain", Map.of());

  /** Whether what nats-server has and Hub has not is left out of a file rather than refused. */
  public static final Option<Boolean> TOLERATE_UNSUPPORTED =
      Option.fixed("tolerate_unsupported", false);

  /** Has the keys, which are not to be told. */
  public static final Option<EncryptionConfig> JETSTREAM_ENCRYPTION =
      Option.reloadable("jetstream encryption", EncryptionConfig.NONE);

  private Options() {}
}
