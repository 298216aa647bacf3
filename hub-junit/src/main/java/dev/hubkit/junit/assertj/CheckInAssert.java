package dev.hubkit.junit.assertj;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.junit.HubResource;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about a check-in and the files in it. */
public final class CheckInAssert extends AbstractAssert<CheckInAssert, ArtifactName> {
  private final HubAssert whole;
  private final HubResource hub;
  private final String version;
  private final Evidence evidence;

  CheckInAssert(HubAssert whole, HubResource hub, ArtifactName name, String version) {
    super(name, CheckInAssert.class);
    this.whole = whole;
    this.hub = hub;
    this.version = version;
    this.evidence = Evidence.ofRepository(hub);
  }

  private <T extends @Nullable Object> T read(Function<Snapshot, T> work) {
    return hub.repository().<T, RuntimeException>read(work::apply);
  }

  private CheckInAssert check(String what, @Nullable Object expected, @Nullable Object found) {
    if (!Objects.equals(expected, found)) {
      throw failureWithActualExpected(
          found,
          expected,
          "%s",
          "Expected check-in "
              + version
              + " to have "
              + what
              + " <"
              + expected
              + ">, but it is <"
              + found
              + ">."
              + evidence);
    }
    return this;
  }

  private Manifest manifest() {
    return read(snapshot -> snapshot.checkIn(actual));
  }

  /** Its comment as the timeline shows it. */
  public CheckInAssert hasComment(String comment) {
    TimelineEntry entry = read(snapshot -> snapshot.timelineEntry(actual));
    return check("the comment", comment, entry.comment());
  }

  /** Who made it. */
  public CheckInAssert hasUser(String user) {
    return check("the user", user, manifest().user());
  }

  private List<String> files() {
    return read(
        snapshot ->
            snapshot.checkInFiles(actual).all().stream().map(ManifestFile::name).sorted().toList());
  }

  /** It has a file of this path. */
  public CheckInAssert hasFile(String path) {
    if (!files().contains(path)) {
      throw failure(
          "%s",
          "Expected check-in "
              + version
              + " to have the file "
              + path
              + ", but it has "
              + files()
              + "."
              + evidence);
    }
    return this;
  }

  /** It has no file of this path. */
  public CheckInAssert hasNoFile(String path) {
    if (files().contains(path)) {
      throw failure(
          "%s",
          "Expected check-in "
              + version
              + " not to have the file "
              + path
              + ", but it has "
              + files()
              + "."
              + evidence);
    }
    return this;
  }

  /** It has these files and no others. */
  public CheckInAssert hasOnlyFiles(String... paths) {
    return check("the files", List.of(paths).stream().sorted().toList(), files());
  }

  /** The file of this path is this text in UTF-8. */
  public CheckInAssert hasFile(String path, String text) {
    hasFile(path);
    byte[] content = read(snapshot -> snapshot.readFile(actual, path));
    return check(
        "in the file " + path,
        text,
        content == null ? null : new String(content, StandardCharsets.UTF_8));
  }

  /** Goes back to the hub. */
  public HubAssert and() {
    return whole;
  }
}
