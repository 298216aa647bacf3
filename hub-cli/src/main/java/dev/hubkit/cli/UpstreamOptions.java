package dev.hubkit.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which a hub has upstreams. */
final class UpstreamOptions {
  @Option(
      names = "--upstream",
      paramLabel = "URL",
      description =
          "Make the NATS server a leaf node of the cluster at this URL, such as"
              + " nats-leaf://hub.example.org:7422, with user:password@ in front of the host to log"
              + " in, and tls:// to insist on TLS; commas separate several servers.")
  private @Nullable String upstream;

  @Option(
      names = "--upstream-creds",
      paramLabel = "FILE",
      description = "The credentials file (.creds) that the leaf node logs in with.")
  private @Nullable String credentials;

  @Option(
      names = "--js-domain",
      paramLabel = "NAME",
      description =
          "The JetStream domain. Default: none; with --upstream one of its own, which hub status"
              + " tells.")
  private @Nullable String domain;

  @Option(
      names = "--fossil-upstream",
      paramLabel = "URL",
      description =
          "Keep the repository in sync with the one at this URL, with user:password@ in front of"
              + " the host to log in. A new repository begins as its clone.")
  private @Nullable String fossil;

  @Option(
      names = "--fossil-upstream-interval",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How often to sync when nothing is pushed. Default: ${DEFAULT-VALUE}.")
  private int interval;

  UpstreamSettings settings(OptionDefaults defaults) {
    String domainName = UpstreamSettings.ifAny(defaults.optional("js-domain", domain));
    return new UpstreamSettings(
        UpstreamSettings.ifAny(defaults.optional("upstream", upstream)),
        credentials(UpstreamSettings.ifAny(defaults.optional("upstream-creds", credentials))),
        domainName == null ? "" : domainName,
        UpstreamSettings.ifAny(defaults.optional("fossil-upstream", fossil)),
        defaults.seconds("fossil-upstream-interval", interval));
  }

  /** Makes a path absolute, since a hub in the background may run in another directory. */
  private static @Nullable String credentials(@Nullable String file) {
    if (file == null) {
      return null;
    }
    if (!file.endsWith(".creds")) {
      throw new Failure.WrongOptionException(
          "--upstream-creds takes a file whose name ends with .creds; a user and password belong"
              + " into the URL of --upstream");
    }
    return Path.of(file).toAbsolutePath().toString();
  }
}
