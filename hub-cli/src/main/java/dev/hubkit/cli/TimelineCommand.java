package dev.hubkit.cli;

import dev.hubkit.fossil.Checkout;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.TimelineFilter;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "timeline",
    mixinStandardHelpOptions = true,
    description = "List what happened, the newest first, as fossil does. Times are UTC.")
final class TimelineCommand implements Callable<Integer> {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      defaultValue = "20",
      description = "How many at most, 0 for all. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(
      names = {"-t", "--type"},
      paramLabel = "TYPE",
      description =
          "Only ci (check-ins), w (wiki), t (tickets), e (technotes), g (tags), f (forum).")
  private @Nullable String type;

  @Option(names = "--branch", paramLabel = "NAME", description = "Only check-ins on this branch.")
  private @Nullable String branch;

  @Option(names = "--by", paramLabel = "LOGIN", description = "Only what this user did.")
  private @Nullable String user;

  @Option(
      names = {"-p", "--path"},
      paramLabel = "PATH",
      description = "Only check-ins that changed this file.")
  private @Nullable String path;

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = repositoryOption.open()) {
      Optional<Path> checkout = repositoryOption.checkout();
      ArtifactName current =
          checkout.isPresent() ? Checkout.open(repository, checkout.get()).checkIn() : null;
      // Reads one entry more, to know whether there are more.
      TimelineFilter filter = filter().limit(limit == 0 ? 0 : limit + 1);
      List<TimelineEntry> found = repository.read(snapshot -> snapshot.timeline(filter));
      boolean more = limit > 0 && found.size() > limit;
      List<TimelineEntry> entries = more ? found.subList(0, limit) : found;
      if (output.isJson()) {
        json(entries);
      } else {
        print(entries, current, more);
      }
    }
    return ExitCode.OK.number();
  }

  private TimelineFilter filter() {
    TimelineFilter filter = new TimelineFilter();
    if (type != null) {
      filter.types(type(type));
    }
    if (branch != null) {
      filter.branch(branch);
    }
    if (user != null) {
      filter.user(user);
    }
    if (path != null) {
      filter.file(path);
    }
    return filter;
  }

  private static TimelineEntry.Type type(String letters) {
    return Arrays.stream(TimelineEntry.Type.values())
        .filter(type -> type.letters().equals(letters))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no type of entries is called " + letters));
  }

  private void print(List<TimelineEntry> entries, @Nullable ArtifactName current, boolean more) {
    String day = "";
    for (TimelineEntry entry : entries) {
      if (!day.equals(DAY.format(entry.time()))) {
        day = DAY.format(entry.time());
        output.line("@|bold === " + day + " ===|@");
      }
      output.plain(
          TIME.format(entry.time())
              + " "
              + Ansi.AUTO.string("@|yellow [" + entry.name().abbreviated() + "]|@ ")
              + (entry.name().equals(current) ? "*CURRENT* " : "")
              + entry.comment().strip().replaceAll("\\s+", " ")
              + " (user: "
              + entry.user()
              + tags(entry)
              + ")");
    }
    output.plain(
        more
            ? "--- entry limit (" + limit + ") reached ---"
            : "+++ no more data (" + entries.size() + ") +++");
  }

  private static String tags(TimelineEntry entry) {
    return entry.tags().isEmpty() ? "" : " tags: " + String.join(", ", entry.tags());
  }

  private void json(List<TimelineEntry> entries) {
    JsonWriter json = JsonWriter.pretty().beginObject().beginArray("entries");
    for (TimelineEntry entry : entries) {
      json.beginObject()
          .field("hash", entry.name().hex())
          .field("type", entry.type().letters())
          .field("time", entry.time().toString())
          .fieldIfSet("user", entry.user())
          .field("comment", entry.comment())
          .fieldIfSet("branch", entry.branch())
          .field("tags", entry.tags())
          .field("leaf", entry.isLeaf())
          .endObject();
    }
    output.json(json.endArray().endObject());
  }
}
