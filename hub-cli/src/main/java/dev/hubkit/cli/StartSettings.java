package dev.hubkit.cli;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import dev.hubkit.HubStatus;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.HubLog;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * All settings of a start, in a form that can be passed to another process.
 *
 * @param host the address to listen on
 * @param fossilPort 0 for a free port
 * @param natsPort 0 for a free port
 * @param fossilExternal the URL of a Fossil server to use instead; null for none
 * @param natsExternal the URL of a NATS server to use instead; null for none
 * @param natsCredentials for the external NATS server; passed on by the environment, since every
 *     user can read a process's arguments
 * @param upstreams the upstreams, and what belongs to them
 * @param compatibility the releases of nats-server that an own NATS server behaves like
 * @param fresh whether to delete the data of an earlier run
 * @param drainTimeout for stopping
 * @param startTimeout for starting
 * @param logFormat of the log file
 * @param logLevel the least level that is logged
 * @param logMaxBytes the size at which the log is rotated
 */
record StartSettings(
    String host,
    int fossilPort,
    int natsPort,
    @Nullable String fossilExternal,
    @Nullable String natsExternal,
    @Nullable String natsCredentials,
    UpstreamSettings upstreams,
    Compatibility compatibility,
    boolean fresh,
    Duration drainTimeout,
    Duration startTimeout,
    HubLog.Format logFormat,
    HubLog.Level logLevel,
    long logMaxBytes) {
  static final String CREDENTIALS_VARIABLE = "HUB_NATS_CREDENTIALS";

  /**
   * Returns these settings, but keeps those of a running hub that the command line does not change.
   */
  StartSettings keeping(HubStatus running, CommandSpec spec, OptionDefaults defaults) {
    Endpoint fossil = running.fossil();
    Endpoint nats = running.nats();
    return new StartSettings(
        isGiven(spec, "--host") ? host : hostOf(host, fossil, nats),
        port(fossil, fossilPort, "--fossil-port", spec),
        port(nats, natsPort, "--nats-port", spec),
        external(fossil, fossilExternal, "--fossil-port", spec),
        external(nats, natsExternal, "--nats-port", spec),
        natsCredentials,
        upstreams.keeping(running, defaults.has("upstream"), defaults.has("fossil-upstream")),
        compatibility,
        fresh,
        drainTimeout,
        startTimeout,
        logFormat,
        logLevel,
        logMaxBytes);
  }

  private static boolean isGiven(CommandSpec spec, String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  private static String hostOf(String otherwise, @Nullable Endpoint... running) {
    for (Endpoint endpoint : running) {
      if (endpoint != null && !endpoint.external()) {
        String host = URI.create(endpoint.url()).getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      }
    }
    return otherwise;
  }

  private static int port(@Nullable Endpoint running, int chosen, String option, CommandSpec spec) {
    return running == null || running.external() || isGiven(spec, option)
        ? chosen
        : URI.create(running.url()).getPort();
  }

  private static @Nullable String external(
      @Nullable Endpoint running, @Nullable String chosen, String option, CommandSpec spec) {
    return chosen == null && running != null && running.external() && !isGiven(spec, option)
        ? running.url()
        : chosen;
  }

  HubLog log(Path file) {
    return HubLog.to(file, logFormat, logLevel, logMaxBytes);
  }

  HubOptions options(@Nullable HubLog log, ProgressBar seeding) {
    HubOptions.Builder builder =
        HubOptions.builder()
            .host(host)
            .fossilPort(fossilPort)
            .natsPort(natsPort)
            .fresh(fresh)
            .drainTimeout(drainTimeout)
            .startTimeout(startTimeout)
            .listed(true)
            .tuneNats(nats -> nats.compatibility(compatibility))
            .log(log);
    if (seeding.isShown()) {
      builder.onSeeding(now -> seeding.show(now.done(), now.total(), "files"));
    }
    if (fossilExternal != null) {
      builder.fossil(Backend.external(fossilExternal));
    }
    if (natsExternal != null) {
      builder.nats(Backend.external(natsExternal, natsCredentials));
    }
    upstreams.addTo(builder);
    return builder.build();
  }

  List<String> toArguments() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("host", host);
    all.put("fossil-port", Integer.toString(fossilPort));
    all.put("nats-port", Integer.toString(natsPort));
    if (fossilExternal != null) {
      all.put("fossil-external", fossilExternal);
    }
    if (natsExternal != null) {
      all.put("nats-external", natsExternal);
    }
    upstreams.addTo(all);
    all.put("compat", compatibility.toString());
    all.put("fresh", Boolean.toString(fresh));
    all.put("drain-timeout", drainTimeout.toString());
    all.put("start-timeout", startTimeout.toString());
    all.put("log-format", logFormat.name().toLowerCase(Locale.ROOT));
    all.put("log-level", logLevel.name().toLowerCase(Locale.ROOT));
    all.put("log-max-bytes", Long.toString(logMaxBytes));
    List<String> arguments = new ArrayList<>();
    all.forEach((name, value) -> arguments.add(name + "=" + value));
    return arguments;
  }

  Map<String, String> toEnvironment() {
    Map<String, String> all = upstreams.toEnvironment();
    if (natsCredentials != null) {
      all.put(CREDENTIALS_VARIABLE, natsCredentials);
    }
    return all;
  }

  static StartSettings from(List<String> arguments, Map<String, String> environment) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      all.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    return new StartSettings(
        required(all, "host"),
        Integer.parseInt(required(all, "fossil-port")),
        Integer.parseInt(required(all, "nats-port")),
        all.get("fossil-external"),
        all.get("nats-external"),
        environment.get(CREDENTIALS_VARIABLE),
        UpstreamSettings.from(all, environment),
        Compatibility.named(required(all, "compat")),
        Boolean.parseBoolean(required(all, "fresh")),
        Duration.parse(required(all, "drain-timeout")),
        Duration.parse(required(all, "start-timeout")),
        HubLog.Format.valueOf(required(all, "log-format").toUpperCase(Locale.ROOT)),
        HubLog.Level.valueOf(required(all, "log-level").toUpperCase(Locale.ROOT)),
        Long.parseLong(required(all, "log-max-bytes")));
  }

  private static String required(Map<String, String> all, String name) {
    @Nullable String value = all.get(name);
    if (value == null) {
      throw new IllegalArgumentException("Missing: " + name);
    }
    return value;
  }
}
