package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes a check-in of a {@link Commit}: stores its files and writes its manifest. */
final class CommitWriter {
  private static final String FIRST_BRANCH = "trunk";

  private final CheckIns checkIns;
  private final ContentStore content;
  private final RepositorySettings settings;
  private final TimeSource clock;
  private final Commit commit;
  private final @Nullable CheckInFiles parent;

  CommitWriter(CheckIns checkIns, RepositorySettings settings, TimeSource clock, Commit commit) {
    this.checkIns = checkIns;
    this.content = checkIns.content();
    this.settings = settings;
    this.clock = clock;
    this.commit = commit;
    this.parent = commit.parents.isEmpty() ? null : checkIns.files(commit.parents.get(0));
  }

  /** Stores the files and returns the manifest, which is not stored yet. */
  Manifest write() throws IOException {
    refuseFork();
    Map<String, Commit.Put> puts = new TreeMap<>(Names::compare);
    Map<String, ManifestFile> files = files(puts);
    refuseClashes(files);
    StoredFiles stored = new StoredFiles(content, commit.isPrivate);
    stored.store(puts, files);
    List<TagChange> tags = tags();
    if (!commit.allowEmpty && parent != null && unchanged(files)) {
      throw new RepositoryException("nothing has changed since " + commit.parents.get(0));
    }
    Manifest manifest =
        new Manifest(
            null,
            commit.comment,
            time(),
            List.copyOf(files.values()),
            commit.mimetype,
            commit.parents,
            commit.cherrypicks,
            withChecksum() ? stored.checksum(files.values()) : null,
            tags,
            commit.user);
    return commit.deltaManifest ? againstBaseline(manifest) : manifest;
  }

  // ---- its parents

  private void refuseFork() {
    if (parent == null || commit.allowFork || commit.branch != null) {
      return;
    }
    ArtifactName name = commit.parents.get(0);
    if (!checkIns.isLeaf(content.rid(name))) {
      throw new RepositoryException(
          "would fork: check-in " + name.abbreviated() + " has a child on the same branch");
    }
  }

  private Instant time() {
    Instant given = commit.time;
    Instant time = (given != null ? given : clock.now()).truncatedTo(ChronoUnit.MILLIS);
    for (ArtifactName name : commit.parents) {
      Instant before = checkIns.files(name).manifest().date();
      if (!time.isAfter(before)) {
        if (given == null) {
          time = before.plusMillis(1);
        } else if (!commit.allowOlder && time.isBefore(before)) {
          throw new RepositoryException(
              "the time of the check-in, " + time + ", is before that of its parent, " + before);
        }
      }
    }
    return time;
  }

  // ---- its files

  /** Returns the files of the new check-in, and adds those with new content to {@code puts}. */
  private Map<String, ManifestFile> files(Map<String, Commit.Put> puts) {
    Map<String, ManifestFile> before = new HashMap<>();
    Map<String, ManifestFile> files = new TreeMap<>(Names::compare);
    if (parent != null) {
      for (ManifestFile file : parent.all()) {
        ManifestFile plain = new ManifestFile(file.name(), file.content(), file.permission(), null);
        before.put(file.name(), plain);
        if (!commit.fromScratch) {
          files.put(file.name(), plain);
        }
      }
    }
    // A rename frees a name, which another file may take in the same commit.
    removeFreedNames(before, files);
    commit.changes.forEach(
        (path, change) -> {
          if (change instanceof Commit.Put put) {
            puts.put(path, put);
            files.put(path, new ManifestFile(path, null, put.permission(), null));
          } else if (change instanceof Commit.SetPermission set) {
            ManifestFile file = existing(files, path);
            files.put(path, new ManifestFile(path, file.content(), set.permission(), null));
          } else if (change instanceof Commit.Rename rename) {
            ManifestFile file = existing(before, rename.from());
            files.put(
                path, new ManifestFile(path, file.content(), file.permission(), rename.from()));
          } else if (change instanceof Commit.RenamedPut rename) {
            puts.put(path, rename.put());
            files.put(path, new ManifestFile(path, null, rename.put().permission(), rename.from()));
          }
        });
    return files;
  }

  private void removeFreedNames(Map<String, ManifestFile> before, Map<String, ManifestFile> files) {
    commit.changes.forEach(
        (path, change) -> {
          if (change instanceof Commit.Delete) {
            existing(files, path);
            files.remove(path);
          } else if (change instanceof Commit.Rename rename) {
            existing(before, rename.from());
            files.remove(rename.from());
          } else if (change instanceof Commit.RenamedPut rename) {
            existing(before, rename.from());
            files.remove(rename.from());
          }
        });
  }

  private static ManifestFile existing(Map<String, ManifestFile> files, String path) {
    ManifestFile file = files.get(path);
    if (file == null) {
      throw new RepositoryException("the check-in has no file \"" + path + "\"");
    }
    return file;
  }

  /** A path cannot be a file and a directory at once. */
  private static void refuseClashes(Map<String, ManifestFile> files) {
    for (String path : files.keySet()) {
      for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        String directory = path.substring(0, slash);
        if (files.containsKey(directory)) {
          throw new RepositoryException(
              "\"" + directory + "\" cannot be a file and the directory of \"" + path + "\"");
        }
      }
    }
  }

  private boolean unchanged(Map<String, ManifestFile> files) {
    if (parent == null
        || commit.branch != null
        || commit.parents.size() > 1
        || !commit.tags.isEmpty()
        || !commit.cherrypicks.isEmpty()) {
      return false;
    }
    List<ManifestFile> before = parent.all();
    if (before.size() != files.size()) {
      return false;
    }
    for (ManifestFile file : before) {
      ManifestFile after = files.get(file.name());
      if (after == null
          || after.priorName() != null
          || after.permission() != file.permission()
          || !Objects.equals(after.content(), file.content())) {
        return false;
      }
    }
    return true;
  }

  private boolean withChecksum() {
    Boolean given = commit.checksum;
    if (given != null) {
      return given;
    }
    String setting = settings.get("repo-cksum");
    return setting == null || !(setting.equals("0") || setting.equals("off"));
  }

  /**
   * Returns the check-in as the differences to the manifest in which its parent lists its files.
   */
  private Manifest againstBaseline(Manifest full) {
    CheckInFiles parent = this.parent;
    if (parent == null) {
      return full;
    }
    ArtifactName baselineName = parent.manifest().baseline();
    Manifest base = parent.baseline();
    if (baselineName == null || base == null) {
      baselineName = commit.parents.get(0);
      base = parent.manifest();
    }
    Map<String, ManifestFile> gone = new LinkedHashMap<>();
    base.files().forEach(file -> gone.put(file.name(), file));
    List<ManifestFile> differences = new ArrayList<>();
    for (ManifestFile file : full.files()) {
      ManifestFile before = gone.remove(file.name());
      if (before == null
          || file.priorName() != null
          || file.permission() != before.permission()
          || !Objects.equals(before.content(), file.content())) {
        differences.add(file);
      }
    }
    gone.keySet()
        .forEach(name -> differences.add(new ManifestFile(name, null, Permission.REGULAR, null)));
    differences.sort((a, b) -> Names.compare(a.name(), b.name()));
    return new Manifest(
        baselineName,
        full.comment(),
        full.date(),
        differences,
        full.mimetype(),
        full.parents(),
        full.cherrypicks(),
        full.checksum(),
        full.tags(),
        full.user());
  }

  // ---- its tags

  private List<TagChange> tags() {
    List<TagChange> tags = new ArrayList<>(commit.tags);
    String branch = commit.branch;
    if (branch == null && parent == null) {
      branch = FIRST_BRANCH;
    }
    if (branch != null) {
      tags.add(TagChange.onSelf(TagChange.Kind.PROPAGATE, "branch", branch));
      tags.add(TagChange.onSelf(TagChange.Kind.PROPAGATE, "sym-" + branch, null));
      if (parent != null) {
        String own = "sym-" + branch;
        checkIns
            .session()
            .list(
                "SELECT tagname FROM tagxref JOIN tag USING(tagid)"
                    + " WHERE rid=? AND tagtype=2 AND tagname GLOB 'sym-*'",
                row -> row.text(1),
                content.rid(commit.parents.get(0)))
            .stream()
            .filter(name -> !name.equals(own))
            .forEach(name -> tags.add(TagChange.onSelf(TagChange.Kind.CANCEL, name, null)));
      }
    }
    if (commit.isPrivate) {
      tags.add(TagChange.onSelf(TagChange.Kind.SINGLE, "private", null));
    }
    return tags;
  }
}
