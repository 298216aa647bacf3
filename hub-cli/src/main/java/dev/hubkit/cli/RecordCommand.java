package dev.hubkit.cli;

import dev.hubkit.cli.RecordingSession.Outcome;
import dev.hubkit.cli.RecordingSession.Wish;
import dev.hubkit.fixture.FixtureWriter;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fixture.Redaction;
import dev.hubkit.fixture.SecretScanner;
import dev.hubkit.fixture.SecretScanner.Finding;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoDuration;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "record",
    mixinStandardHelpOptions = true,
    description = {
      "Record messages and streams of a NATS server into a fixture, for tests: @WithFixture restores"
          + " the streams, hub.replay(…) publishes the messages again, and hub open FILE serves it.",
      "It only reads: nothing is created on the server. It ends after --for, at a limit, or with"
          + " Ctrl-C, and the file is complete then.",
    })
final class RecordCommand implements Callable<Integer> {
  private static final int SHOWN_SECRETS = 20;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final Output output = new Output();

  @Mixin private final LoginOptions login = new LoginOptions();

  @Mixin private final RedactionOptions redactions = new RedactionOptions();

  @Parameters(
      paramLabel = "URL",
      split = ",",
      description =
          "The server: nats://host:port or tls://host:port, with user:password@ to log in.")
  private List<String> servers = List.of();

  @Option(
      names = "--subject",
      paramLabel = "SUBJECT",
      split = ",",
      description = "Record messages on these subjects, which may have wildcards.")
  private List<String> subjects = List.of();

  @Option(
      names = "--streams",
      paramLabel = "NAME",
      split = ",",
      description =
          "Record these streams, with messages and consumers, as they are at the beginning; '*' for"
              + " all. A bucket is a stream: KV_prices, OBJ_menus.")
  private List<String> streams = List.of();

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "How long to record messages: 90s, 10m, 1h30m. Without it, until Ctrl-C.")
  private @Nullable String length;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "The file to write, such as orders.hub; replaces what is there.")
  private Path file = Path.of("");

  @Option(
      names = "--max-messages",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "End after so many messages. Default: ${DEFAULT-VALUE}.")
  private long mostMessages;

  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      defaultValue = "268435456",
      description = "The most bytes of payload, and of each stream. Default: ${DEFAULT-VALUE}.")
  private long mostBytes;

  @Option(
      names = "--js-domain",
      paramLabel = "DOMAIN",
      description = "The JetStream domain of the streams.")
  private @Nullable String domain;

  @Option(
      names = "--inbox-prefix",
      paramLabel = "PREFIX",
      defaultValue = "_INBOX",
      description = "What subjects for answers begin with. Default: ${DEFAULT-VALUE}.")
  private String inboxPrefix = "_INBOX";

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    Wish wish = wish();
    Redaction redaction = redactions.redaction();
    SecretScanner secrets = new SecretScanner();
    try (FixtureWriter writer = FixtureWriter.open(file);
        RecordingSession session =
            new RecordingSession(
                wish, writer, message -> scanned(redaction.apply(message), secrets), this::note)) {
      for (String signal : List.of("INT", "TERM")) {
        ShutdownHook.onSignal(signal, session::stop);
      }
      Outcome outcome = session.run(redaction.rules(), this::begun);
      report(outcome, secrets.findings());
    }
    return ExitCode.OK.number();
  }

  private static RecordedMessage scanned(RecordedMessage message, SecretScanner secrets) {
    secrets.scan(message);
    return message;
  }

  private void begun() {
    output.plain(
        "hub: recording "
            + String.join(", ", subjects)
            + (subjects.isEmpty() || streams.isEmpty() ? "" : " and ")
            + (streams.isEmpty() ? "" : "streams " + String.join(", ", streams))
            + (length == null && !subjects.isEmpty() ? "; Ctrl-C ends it" : ""));
  }

  private Wish wish() {
    if (subjects.isEmpty() && streams.isEmpty()) {
      throw new Failure.WrongOptionException("say what to record: --subject, --streams or both");
    }
    for (String subject : subjects) {
      if (!Subjects.isValid(subject)) {
        throw new Failure.WrongOptionException("--subject " + subject + " is not a subject");
      }
    }
    if (mostMessages < 1 || mostBytes < 1) {
      throw new Failure.WrongOptionException("--max-messages and --max-bytes have to be positive");
    }
    return new Wish(
        urls(), login, domain, inboxPrefix, subjects, streams, length(), mostMessages, mostBytes);
  }

  private @Nullable Duration length() {
    if (length == null) {
      return null;
    }
    OptionalLong nanos = GoDuration.parse(length);
    if (nanos.isEmpty() || nanos.getAsLong() <= 0) {
      throw new Failure.WrongOptionException(
          "--for " + length + " is not a time; write it as 90s, 10m or 1h30m");
    }
    return Duration.ofNanos(nanos.getAsLong());
  }

  private List<URI> urls() {
    List<URI> urls = new ArrayList<>();
    for (String text : servers) {
      try {
        URI url = new URI(text.contains("://") ? text : "nats://" + text);
        if (url.getHost() == null || !List.of("nats", "tls").contains(url.getScheme())) {
          throw new Failure.WrongOptionException(
              CloneCommand.withoutPassword(url)
                  + " is not the URL of a server; write it as"
                  + " nats://host:port or tls://host:port");
        }
        urls.add(url);
      } catch (URISyntaxException e) {
        throw new Failure.WrongOptionException(
            "the URL of the server is wrong: "
                + e.getReason()
                + "; a password with special"
                + " characters has to be written with %xx, or given by --password");
      }
    }
    return urls;
  }

  private void note(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("hub: " + text);
    err.flush();
  }

  private void report(Outcome outcome, List<Finding> secrets) {
    secrets.stream()
        .limit(SHOWN_SECRETS)
        .forEach(each -> note("this looks like a secret: " + each + "; see --redact-…"));
    if (secrets.size() > SHOWN_SECRETS) {
      note("and " + (secrets.size() - SHOWN_SECRETS) + " more places look like secrets");
    }
    if (output.isJson()) {
      output.json(
          JsonWriter.pretty()
              .beginObject()
              .field("file", file.toString())
              .field("streams", outcome.streams())
              .field("stored_messages", outcome.storedMessages())
              .field("messages", outcome.messages())
              .field("gaps", outcome.info().gaps().size())
              .field("secrets", secrets.stream().map(Finding::toString).toList())
              .fieldIfSet("ended", outcome.reason())
              .endObject());
      return;
    }
    output.plain(
        "hub: "
            + file
            + " has "
            + count(outcome.streams(), "stream")
            + " with "
            + count(outcome.storedMessages(), "message")
            + ", and "
            + count(outcome.messages(), "recorded message")
            + (outcome.reason().isEmpty() ? "" : " (" + outcome.reason() + ")")
            + (outcome.info().gaps().isEmpty()
                ? ""
                : "; messages may be missing in " + count(outcome.info().gaps().size(), "gap")));
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
