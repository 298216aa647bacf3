package dev.hubkit.cli;

import dev.hubkit.FossilUpstream;
import dev.hubkit.HubException;
import dev.hubkit.HubException.Reason;
import dev.hubkit.HubOptions;
import dev.hubkit.HubStatus;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.UpstreamState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The upstreams of a start. What may have a password is passed on by the environment, since every
 * user can read a process's arguments.
 *
 * @param nats the URL of the NATS upstream; null for none
 * @param credentials what the leaf node logs in with; null for what the URL says
 * @param domain the JetStream domain; empty for the one that the hub chooses
 * @param fossil the URL of the Fossil upstream; null for none
 * @param interval how often the repository is synced at least
 */
record UpstreamSettings(
    @Nullable String nats,
    @Nullable String credentials,
    String domain,
    @Nullable String fossil,
    Duration interval) {
  private static final String NATS_VARIABLE = "HUB_UPSTREAM";
  private static final String CREDENTIALS_VARIABLE = "HUB_UPSTREAM_CREDS";
  private static final String FOSSIL_VARIABLE = "HUB_FOSSIL_UPSTREAM";

  /**
   * Adds them to the options of a hub.
   *
   * @throws Failure.WrongOptionException if one of them is not what it should be
   */
  void addTo(HubOptions.Builder options) {
    try {
      options.upstream(nats, credentials).domain(domain).fossilUpstream(fossil, interval);
    } catch (IllegalArgumentException e) {
      throw new Failure.WrongOptionException(String.valueOf(e.getMessage()));
    }
  }

  void addTo(Map<String, String> arguments) {
    arguments.put("js-domain", domain);
    arguments.put("fossil-upstream-interval", interval.toString());
  }

  // Also what there is none of, or the process would take it from the environment of this one.
  Map<String, String> toEnvironment() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(NATS_VARIABLE, nats == null ? "" : nats);
    all.put(CREDENTIALS_VARIABLE, credentials == null ? "" : credentials);
    all.put(FOSSIL_VARIABLE, fossil == null ? "" : fossil);
    return all;
  }

  static UpstreamSettings from(Map<String, String> arguments, Map<String, String> environment) {
    return new UpstreamSettings(
        ifAny(environment.get(NATS_VARIABLE)),
        ifAny(environment.get(CREDENTIALS_VARIABLE)),
        arguments.getOrDefault("js-domain", ""),
        ifAny(environment.get(FOSSIL_VARIABLE)),
        Duration.parse(
            arguments.getOrDefault(
                "fossil-upstream-interval", FossilUpstream.DEFAULT_INTERVAL.toString())));
  }

  /**
   * Returns a text; null for none, and for a blank one, by which a user says that there is none.
   */
  static @Nullable String ifAny(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }

  /**
   * Returns these settings, with the upstreams of a running hub where none are given.
   *
   * @param natsGiven whether the command line or the settings of the root name a NATS upstream, or
   *     say that there is none
   * @throws HubException if a password would be needed for that, which no file holds
   */
  UpstreamSettings keeping(HubStatus running, boolean natsGiven, boolean fossilGiven) {
    Optional<UpstreamState> leaf = find(running, UpstreamState.Kind.NATS, natsGiven);
    Optional<UpstreamState> synced = find(running, UpstreamState.Kind.FOSSIL, fossilGiven);
    return new UpstreamSettings(
        leaf.map(state -> known(state, "--upstream")).orElse(nats),
        leaf.map(state -> ifAny(state.credentials())).orElse(credentials),
        domain.isEmpty() ? leaf.map(UpstreamState::domain).orElse("") : domain,
        synced.map(state -> known(state, "--fossil-upstream")).orElse(fossil),
        interval);
  }

  private static Optional<UpstreamState> find(
      HubStatus running, UpstreamState.Kind kind, boolean given) {
    return given
        ? Optional.empty()
        : running.upstreams().stream().filter(state -> state.kind() == kind).findFirst();
  }

  private static String known(UpstreamState state, String option) {
    if (state.url().contains("...@")) {
      throw new HubException(
          Reason.UNSUPPORTED,
          "the password for "
              + state.url()
              + " is in no file; give "
              + option
              + " again, or "
              + option
              + " '' to go on without; the hub still runs");
    }
    return state.url();
  }

  /** Returns the upstreams that a running hub has not, as people may see them. */
  List<String> missingIn(List<UpstreamState> running) {
    List<String> missing = new ArrayList<>();
    if (nats != null && running.stream().noneMatch(state -> leadsTo(state, nats))) {
      missing.add(Endpoint.shown(nats));
    }
    if (fossil != null && running.stream().noneMatch(state -> leadsTo(state, fossil))) {
      missing.add(Endpoint.shown(fossil));
    }
    return missing;
  }

  // Whoever logs in there, since a password may have come from elsewhere than the URL.
  private static boolean leadsTo(UpstreamState state, String url) {
    return withoutLogin(state.url()).equals(withoutLogin(url));
  }

  private static String withoutLogin(String url) {
    return url.replaceAll("//[^/@,]*@", "//").replace(" ", "");
  }
}
