package dev.hubkit.nats.config;

import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import dev.hubkit.nats.tls.TlsSettings;
import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The flags of {@code nats-server}, as Go's flag package reads them: one dash or two, values behind
 * {@code =} or as the next argument, switches with an optional {@code =false}.
 */
public final class ServerFlags {
  private enum Kind {
    SWITCH,
    NUMBER,
    TEXT
  }

  // Underscores may part digits, and the prefix from them.
  private static final Pattern NUMBER =
      Pattern.compile("([-+]?)(0[xXoObB]_?|0(?=_?[0-9])_?|)([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)");

  // A flag of Hub's own.
  private static final String OPTIONAL = "optional";
  private static final String TOLERATE = "tolerate-unsupported";
  private static final Map<String, Kind> KNOWN = known();
  // The other names of flags, with the name that is used here.
  private static final Map<String, String> SYNONYMS =
      Map.ofEntries(
          Map.entry("help", "h"),
          Map.entry("port", "p"),
          Map.entry("name", "n"),
          Map.entry("server_name", "n"),
          Map.entry("addr", "a"),
          Map.entry("net", "a"),
          Map.entry("debug", "D"),
          Map.entry("trace", "V"),
          Map.entry("logtime", "T"),
          Map.entry("http_port", "m"),
          Map.entry("https_port", "ms"),
          Map.entry("config", "c"),
          Map.entry("signal", "sl"),
          Map.entry("pid", "P"),
          Map.entry("log", "l"),
          Map.entry("syslog", "s"),
          Map.entry("remote_syslog", "r"),
          Map.entry("version", "v"),
          Map.entry("cluster_listen", "cluster"),
          Map.entry("jetstream", "js"),
          Map.entry("store_dir", "sd"));

  private static final List<String> CLUSTER_FLAGS =
      List.of(
          "cluster",
          "routes",
          "cluster_name",
          "cluster_advertise",
          "no_advertise",
          "connect_retries");

  private final Map<String, String> given = new LinkedHashMap<>();
  private final List<String> commands = new ArrayList<>();

  private ServerFlags() {}

  /** Thrown for a wrong command line; reported with the usage. */
  public static final class FlagException extends Exception {
    private static final long serialVersionUID = 1L;

    FlagException(String message) {
      super(message);
    }
  }

  private static Map<String, Kind> known() {
    Map<String, Kind> known = new LinkedHashMap<>();
    for (String name :
        List.of(
            "h help D debug V VV trace DV DVV T logtime logtime_utc t s syslog version v"
                + " no_advertise help_tls tls tlsverify js jetstream accept_replicas "
                + TOLERATE)) {
      for (String each : name.split(" ", -1)) {
        known.put(each, Kind.SWITCH);
      }
    }
    for (String each :
        ("port p m http_port ms https_port profile connect_retries max_traced_msg_len"
                + " log_size_limit")
            .split(" ", -1)) {
      known.put(each, Kind.NUMBER);
    }
    for (String each :
        ("n name server_name addr a net client_advertise user pass auth c config sl signal P pid"
                + " ports_file_dir l log r remote_syslog routes cluster cluster_listen"
                + " cluster_advertise cluster_name compat test_reload tlscert tlskey tlscacert sd store_dir")
            .split(" ", -1)) {
      known.put(each, Kind.TEXT);
    }
    return known;
  }

  /**
   * Reads a command line, without the name of the program.
   *
   * @throws FlagException if nats-server would not understand it, in its words
   */
  public static ServerFlags parse(List<String> arguments) throws FlagException {
    ServerFlags flags = new ServerFlags();
    int at = 0;
    while (at < arguments.size()) {
      String argument = arguments.get(at);
      if (argument.length() < 2 || !argument.startsWith("-")) {
        break;
      }
      at++;
      if (argument.equals("--")) {
        break;
      }
      String body = argument.substring(argument.startsWith("--") ? 2 : 1);
      if (body.isEmpty() || body.startsWith("-") || body.startsWith("=")) {
        throw new FlagException("bad flag syntax: " + argument);
      }
      int equals = body.indexOf('=');
      String name = equals < 0 ? body : body.substring(0, equals);
      Kind kind = KNOWN.get(name);
      if (kind == null) {
        throw new FlagException("flag provided but not defined: -" + name);
      }
      String value;
      if (equals >= 0) {
        value = body.substring(equals + 1);
      } else if (kind == Kind.SWITCH) {
        value = "true";
      } else if (at == arguments.size()) {
        throw new FlagException("flag needs an argument: -" + name);
      } else {
        value = arguments.get(at++);
      }
      flags.given.put(SYNONYMS.getOrDefault(name, name), checked(name, kind, value));
    }
    flags.commands.addAll(arguments.subList(at, arguments.size()));
    return flags;
  }

  private static String checked(String name, Kind kind, String value) throws FlagException {
    if (kind == Kind.NUMBER) {
      return number(name, value).toString();
    }
    if (name.equals("tlsverify") && value.equalsIgnoreCase(OPTIONAL)) {
      return OPTIONAL;
    }
    if (kind == Kind.SWITCH) {
      return switch (value) {
        case "1", "t", "T", "true", "TRUE", "True" -> "true";
        case "0", "f", "F", "false", "FALSE", "False" -> "false";
        default ->
            throw new FlagException(
                "invalid boolean value \""
                    + value
                    + "\" for -"
                    + name
                    + (name.equals("tlsverify")
                        ? ": expected true, false, or optional: strconv.ParseBool: parsing \""
                            + value
                            + "\": invalid syntax"
                        : ": parse error"));
      };
    }
    return value;
  }

  // strconv.ParseInt(value, 0, 64)
  private static BigInteger number(String name, String value) throws FlagException {
    String complaint = "invalid value " + Problems.quoted(value) + " for flag -" + name + ": ";
    Matcher form = NUMBER.matcher(value);
    if (!form.matches()) {
      throw new FlagException(complaint + "parse error");
    }
    String digits = form.group(3).replace("_", "");
    int base =
        switch (form.group(2).replace("_", "").toLowerCase(Locale.ROOT)) {
          case "0x" -> 16;
          case "0o", "0" -> 8;
          case "0b" -> 2;
          default -> 10;
        };
    BigInteger number;
    try {
      number = new BigInteger(digits, base);
    } catch (NumberFormatException e) {
      throw new FlagException(complaint + "parse error");
    }
    number = form.group(1).equals("-") ? number.negate() : number;
    if (number.bitLength() > 63) {
      throw new FlagException(complaint + "value out of range");
    }
    return number;
  }

  /** The arguments after the flags. */
  public List<String> commands() {
    return commands;
  }

  /** Returns whether a switch is on; flags with several names go by the shortest. */
  public boolean isOn(String name) {
    return "true".equals(given.get(name));
  }

  /** Returns the value of a flag; empty when it was not given. */
  public String text(String name) {
    return given.getOrDefault(name, "");
  }

  /**
   * Returns the configuration of file and flags; flags override the file.
   *
   * @throws ConfigException if the file has an error
   * @throws ConfigFlagException if the value of a flag cannot be used
   */
  public ServerConfig config() {
    return config(text("c"));
  }

  /**
   * Returns the configuration of another file and the flags; see {@link #config()}.
   *
   * @param file empty for none
   */
  public ServerConfig config(String file) {
    Compatibility compatibility = compatibility();
    ServerConfig config =
        file.isEmpty() ? new ServerConfig() : ConfigFile.read(file, System::getenv, readOptions());
    if (compatibility != null) {
      config.set(Options.COMPATIBILITY, compatibility);
    }
    setSwitch(config, TOLERATE, Options.TOLERATE_UNSUPPORTED);
    setTexts(config);
    setNumbers(config);
    setSwitches(config);
    cluster(config);
    tls(config);
    ClusterConfig cluster = config.get(Options.CLUSTER);
    if (!text("routes").isEmpty() && cluster.port() == 0 && cluster.host().isEmpty()) {
      throw new ConfigFlagException(
          "solicited routes require cluster capabilities, e.g. --cluster");
    }
    return config;
  }

  /**
   * Returns the releases of nats-server that the flag {@code --compat} names; null without it.
   *
   * @throws ConfigFlagException if it names none that there is
   */
  public @Nullable Compatibility compatibility() {
    if (!given.containsKey("compat")) {
      return null;
    }
    try {
      return Compatibility.named(text("compat"));
    } catch (IllegalArgumentException e) {
      throw new ConfigFlagException(String.valueOf(e.getMessage()));
    }
  }

  /** Returns how the flags have the configuration file read. */
  public ReadOptions readOptions() {
    return new ReadOptions(compatibility(), isOn(TOLERATE));
  }

  /** Thrown for a flag whose value cannot be used. */
  public static final class ConfigFlagException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigFlagException(String message) {
      super(message);
    }
  }

  private void setTexts(ServerConfig config) {
    setText(config, "n", Options.SERVER_NAME);
    setText(config, "a", Options.HOST);
    setText(config, "client_advertise", Options.CLIENT_ADVERTISE);
    setText(config, "user", Options.USER);
    setText(config, "pass", Options.PASSWORD);
    setText(config, "auth", Options.TOKEN);
    setText(config, "P", Options.PID_FILE);
    setText(config, "ports_file_dir", Options.PORTS_FILE_DIRECTORY);
    setText(config, "l", Options.LOG_FILE);
    setText(config, "r", Options.REMOTE_SYSLOG);
    setText(config, "sd", Options.STORE_DIR);
  }

  private void setText(ServerConfig config, String flag, Option<String> option) {
    String value = text(flag);
    if (!value.isEmpty()) {
      config.set(option, value);
    }
  }

  private void setNumbers(ServerConfig config) {
    if (given.containsKey("p") && number("p") != 0) {
      config.set(Options.PORT, (int) Math.max(0, number("p")));
    }
    if (given.containsKey("m")) {
      config.set(Options.HTTP_PORT, (int) number("m"));
    }
    if (given.containsKey("profile")) {
      config.set(Options.PROFILE_PORT, (int) number("profile"));
    }
    if (given.containsKey("ms")) {
      config.set(Options.HTTPS_PORT, (int) number("ms"));
    }
    if (given.containsKey("max_traced_msg_len")) {
      config.set(Options.MAX_TRACED_MESSAGE, (int) number("max_traced_msg_len"));
    }
    if (given.containsKey("log_size_limit")) {
      config.set(Options.LOG_SIZE_LIMIT, number("log_size_limit"));
    }
  }

  private long number(String flag) {
    return Long.parseLong(text(flag));
  }

  private void setSwitches(ServerConfig config) {
    for (String flag : List.of("D", "DV", "DVV")) {
      setSwitch(config, flag, Options.DEBUG);
    }
    for (String flag : List.of("V", "DV", "VV", "DVV")) {
      setSwitch(config, flag, Options.TRACE);
    }
    setSwitch(config, "VV", Options.TRACE_VERBOSE);
    setSwitch(config, "DVV", Options.TRACE_VERBOSE);
    setSwitch(config, "T", Options.LOGTIME);
    setSwitch(config, "logtime_utc", Options.LOGTIME_UTC);
    setSwitch(config, "s", Options.SYSLOG);
    setSwitch(config, "js", Options.JETSTREAM);
    setSwitch(config, "accept_replicas", Options.ACCEPT_REPLICAS);
  }

  private void setSwitch(ServerConfig config, String flag, Option<Boolean> option) {
    if (given.containsKey(flag)) {
      config.set(option, isOn(flag));
    }
  }

  private void cluster(ServerConfig config) {
    if (CLUSTER_FLAGS.stream().noneMatch(given::containsKey)) {
      return;
    }
    ClusterConfig cluster = config.get(Options.CLUSTER);
    String listen = text("cluster");
    if (!listen.isEmpty()) {
      ListenUrl url = ListenUrl.parse(listen);
      cluster = cluster.withListener(url.host(), url.port(), url.user(), url.password());
    }
    if (given.containsKey("routes")) {
      List<URI> routes = new ArrayList<>();
      for (String route : text("routes").split(",", -1)) {
        try {
          routes.add(new URI(route.strip()));
        } catch (URISyntaxException e) {
          // nats-server passes over what is no URL.
        }
      }
      cluster = cluster.withRoutes(routes);
    }
    cluster =
        cluster.withIdentity(
            given.getOrDefault("cluster_name", cluster.name()),
            given.getOrDefault("cluster_advertise", cluster.advertise()),
            given.containsKey("no_advertise") ? isOn("no_advertise") : cluster.noAdvertise(),
            given.containsKey("connect_retries")
                ? (int) number("connect_retries")
                : cluster.connectRetries());
    if (!cluster.equals(ClusterConfig.NONE)) {
      config.set(Options.CLUSTER, cluster);
    }
  }

  private void tls(ServerConfig config) {
    if ("false".equals(given.get("tls"))) {
      config.set(Options.TLS, Optional.empty());
      return;
    }
    boolean wanted =
        given.keySet().stream().anyMatch(flag -> flag.toLowerCase(Locale.ROOT).startsWith("tls"));
    if (!wanted) {
      return;
    }
    if (text("tlscert").isEmpty()) {
      throw new ConfigFlagException("TLS Server certificate must be present and valid");
    }
    if (text("tlskey").isEmpty()) {
      throw new ConfigFlagException("TLS Server private key must be present and valid");
    }
    TlsSettings settings =
        TlsSettings.of(text("tlscert"), text("tlskey"), text("tlscacert"), isOn("tlsverify"))
            .verifiedIfGiven(OPTIONAL.equals(text("tlsverify")));
    try {
      config.set(Options.TLS, Optional.of(TlsContext.load(settings)));
    } catch (TlsException e) {
      throw new ConfigFlagException(String.valueOf(e.getMessage()));
    }
  }
}
