package dev.hubkit.junit.assertj;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.junit.HubResource;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Assertions about a check-in and the files in it. */
public final class CheckInAssert extends HubPartAssert<CheckInAssert, ArtifactName> {
  private final HubAssert whole;
  private final HubResource hub;

  CheckInAssert(HubAssert whole, HubResource hub, ArtifactName name, String version) {
    super(name, CheckInAssert.class, "check-in " + version, JournalExcerpt.ofRepository(hub));
    this.whole = whole;
    this.hub = hub;
  }

  private <T extends @Nullable Object> T read(Function<Snapshot, T> work) {
    return hub.repository().<T, RuntimeException>read(work::apply);
  }

  private Manifest manifest() {
    return read(snapshot -> snapshot.checkIn(actual));
  }

  /** Verifies the comment of the check-in, as the timeline shows it. */
  public CheckInAssert hasComment(String comment) {
    TimelineEntry entry = read(snapshot -> snapshot.timelineEntry(actual));
    return check("the comment", comment, entry.comment());
  }

  /** Verifies the user who made the check-in. */
  public CheckInAssert hasUser(String user) {
    return check("the user", user, manifest().user());
  }

  private List<String> files() {
    return read(
        snapshot ->
            snapshot.checkInFiles(actual).all().stream().map(ManifestFile::name).sorted().toList());
  }

  /** Verifies that the check-in has a file of this path. */
  public CheckInAssert hasFile(String path) {
    List<String> files = files();
    return check(files.contains(path), "to have the file " + path, "it has " + files);
  }

  /** Verifies that the check-in has no file of this path. */
  public CheckInAssert hasNoFile(String path) {
    List<String> files = files();
    return check(!files.contains(path), "not to have the file " + path, "it has " + files);
  }

  /** Verifies that the check-in has exactly these files. */
  public CheckInAssert hasOnlyFiles(String... paths) {
    return check("the files", List.of(paths).stream().sorted().toList(), files());
  }

  /** Verifies that the file of this path is this text in UTF-8. */
  public CheckInAssert hasFile(String path, String text) {
    hasFile(path);
    byte[] content = read(snapshot -> snapshot.readFile(actual, path));
    return check(
        "in the file " + path,
        text,
        content == null ? null : new String(content, StandardCharsets.UTF_8));
  }

  /** Returns to the assertions about the hub. */
  public HubAssert and() {
    return whole;
  }
}
