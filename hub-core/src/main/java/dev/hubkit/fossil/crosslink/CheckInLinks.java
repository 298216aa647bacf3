package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Cherrypick;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Tables {@code plink} (the ancestry of check-ins), {@code mlink} (which files a check-in changed)
 * and {@code filename}. Artifacts come in any order, so a check-in is linked to its parents when it
 * arrives and to those of its children that came before it.
 */
final class CheckInLinks {
  private final DbTransaction session;
  private final ContentStore content;
  private final ManifestCache manifests;
  private final TimeAdjustment timeOrder;
  private final Map<String, Long> fileNames = new HashMap<>();

  CheckInLinks(
      DbTransaction session,
      ContentStore content,
      ManifestCache manifests,
      TimeAdjustment timeOrder) {
    this.session = session;
    this.content = content;
    this.manifests = manifests;
    this.timeOrder = timeOrder;
  }

  private record Child(long rid, boolean primary) {}

  /**
   * Returns the files of a check-in; null while its baseline is a phantom, whose arrival links the
   * check-in.
   */
  @Nullable CheckInFiles files(long rid, Manifest manifest) {
    ArtifactName name = manifest.baseline();
    if (name == null) {
      return new CheckInFiles(manifest, null);
    }
    long baselineRid = content.phantom(name, false);
    Manifest baseline = manifests.get(baselineRid);
    if (baseline == null) {
      session.run("INSERT OR IGNORE INTO orphan(rid, baseline) VALUES(?,?)", rid, baselineRid);
      return null;
    }
    return new CheckInFiles(manifest, baseline);
  }

  /**
   * Links a check-in to its parents and children.
   *
   * @param parents its parents, which amendments may have changed from what the manifest says
   * @return the record of the primary parent, 0 without one
   */
  long link(long rid, CheckInFiles files, List<ArtifactName> parents) {
    Manifest manifest = files.manifest();
    ArtifactName baseline = manifest.baseline();
    Long baselineRid = baseline == null ? null : content.phantom(baseline, false);
    long primary = 0;
    for (int i = 0; i < parents.size(); i++) {
      long parent = content.phantom(parents.get(i), false);
      session.run(
          "INSERT OR IGNORE INTO plink(pid,cid,isprim,mtime,baseid) VALUES(?,?,?,?,?)",
          parent,
          rid,
          i == 0,
          JulianDay.printed(manifest.date()),
          baselineRid);
      if (i == 0) {
        primary = parent;
      }
    }
    changes(primary, null, rid, files, true);
    long sources =
        parents.size() + manifest.cherrypicks().stream().filter(pick -> !pick.backout()).count();
    if (sources > 1) {
      // A file that only some of the parents have was added by merging.
      session.run(
          "UPDATE mlink SET pid=-1 WHERE mid=?1 AND pid=0 AND fnid IN"
              + " (SELECT fnid FROM mlink WHERE mid=?1 GROUP BY fnid HAVING count(*)<?2)",
          rid,
          sources);
    }
    List<Child> children =
        session.list(
            "SELECT cid, isprim FROM plink WHERE pid=?",
            row -> new Child(row.number(1), row.number(2) != 0),
            rid);
    for (Child child : children) {
      changes(rid, files, child.rid, null, child.primary);
    }
    if (parents.isEmpty()) {
      boolean isPublic = !content.isPrivate(rid);
      for (ManifestFile file : manifest.files()) {
        change(new Step(0, rid, null, isPublic), null, file, file.name(), null);
      }
    }
    return primary;
  }

  /**
   * From one check-in to another.
   *
   * @param countedNames the file names whose changes count; null, which is all, for the primary
   *     parent
   */
  private record Step(long parent, long child, @Nullable Set<Long> countedNames, boolean isPublic) {
    boolean isPrimary() {
      return countedNames == null;
    }

    boolean counts(long fileName) {
      return countedNames == null || countedNames.contains(fileName);
    }
  }

  /**
   * Notes which files changed from a parent to a child. The caller passes one of the two, and this
   * reads the other. Those of a merge parent only count for files that also changed from the
   * primary parent.
   */
  private void changes(
      long parentRid,
      @Nullable CheckInFiles givenParent,
      long childRid,
      @Nullable CheckInFiles givenChild,
      boolean primary) {
    if (session.exists("SELECT 1 FROM mlink WHERE mid=? AND pmid=?", childRid, parentRid)) {
      return;
    }
    CheckInFiles parent = givenParent != null ? givenParent : read(parentRid);
    CheckInFiles child = givenChild != null ? givenChild : read(childRid);
    if (parent == null || child == null) {
      return;
    }
    List<ArtifactName> parents = child.manifest().parents();
    if (!primary
        && givenChild == null
        && !parents.isEmpty()
        && !session.exists("SELECT 1 FROM blob WHERE uuid=? AND size>0", parents.get(0))) {
      return; // comes again with the primary parent
    }
    deltify(parentRid, parent, childRid, child);
    timeOrder.note(parentRid, parent.manifest().date(), childRid, child.manifest().date());
    Set<Long> counted = primary ? null : namesChangedFromPrimary(childRid);
    compare(new Step(parentRid, childRid, counted, !content.isPrivate(childRid)), parent, child);
    if (primary) {
      for (int i = 1; i < parents.size(); i++) {
        mergeChanges(content.rid(parents.get(i)), childRid, child);
      }
      for (Cherrypick pick : child.manifest().cherrypicks()) {
        if (!pick.backout()) {
          mergeChanges(content.rid(pick.target()), childRid, child);
        }
      }
    }
  }

  private Set<Long> namesChangedFromPrimary(long rid) {
    Set<Long> names = new HashSet<>();
    session.each(
        "SELECT fnid FROM mlink WHERE mid=? AND NOT isaux", row -> names.add(row.number(1)), rid);
    return names;
  }

  private void mergeChanges(long parentRid, long childRid, CheckInFiles child) {
    if (parentRid > 0) {
      changes(parentRid, null, childRid, child, false);
    }
  }

  private @Nullable CheckInFiles read(long rid) {
    Manifest manifest = manifests.get(rid);
    return manifest == null ? null : files(rid, manifest);
  }

  /** Stores the older manifest as a delta against the newer. */
  private void deltify(long parentRid, CheckInFiles parent, long childRid, CheckInFiles child) {
    ArtifactName parentBaseline = parent.manifest().baseline();
    ArtifactName childBaseline = child.manifest().baseline();
    if ((parentBaseline == null) == (childBaseline == null)) {
      content.deltify(parentRid, childRid);
    } else if (parentBaseline != null) {
      content.deltify(content.rid(parentBaseline), childRid);
    }
  }

  private void compare(Step step, CheckInFiles parent, CheckInFiles child) {
    List<ManifestFile> before = parent.manifest().files();
    int at = 0;
    for (ManifestFile file : child.manifest().files()) {
      while (at < before.size() && precedes(before.get(at), file)) {
        at++;
      }
      // Most files are as they were.
      if (at == before.size() || !isUnchanged(before.get(at), file)) {
        compare(step, parent, file);
      }
    }
    if (child.baseline() == null) {
      noteRemoved(step, parent.all(), child.manifest().files());
    } else if (parent.baseline() != null) {
      compareToBaseline(step, parent, child);
    }
  }

  /** Returns whether a file comes before another in a manifest. */
  @SuppressWarnings("ReferenceEquality") // a short cut: equal files are mostly one object
  private static boolean precedes(ManifestFile first, ManifestFile second) {
    return first != second
        && !first.name().equals(second.name())
        && Names.compare(first.name(), second.name()) < 0;
  }

  @SuppressWarnings("ReferenceEquality") // a short cut, as above
  private static boolean isUnchanged(ManifestFile before, ManifestFile after) {
    return after.priorName() == null
        && after.content() != null
        && (before == after
            || (before.name().equals(after.name())
                && after.content().equals(before.content())
                && after.permission() == before.permission()));
  }

  private void compare(Step step, CheckInFiles parent, ManifestFile file) {
    String prior = file.priorName();
    ManifestFile before = parent.find(prior == null ? file.name() : prior);
    if (prior != null) {
      change(step, before, file, file.name(), before == null ? null : prior);
    } else if (before == null) {
      if (file.content() != null) {
        change(step, null, file, file.name(), null);
      }
    } else if (!Objects.equals(file.content(), before.content())
        || file.permission() != before.permission()) {
      change(step, before, file, file.name(), null);
    }
  }

  /** Notes the files that have been removed; both lists are in order. */
  private void noteRemoved(Step step, List<ManifestFile> before, List<ManifestFile> after) {
    int at = 0;
    for (ManifestFile file : before) {
      while (at < after.size() && precedes(after.get(at), file)) {
        at++;
      }
      if (at == after.size() || !after.get(at).name().equals(file.name())) {
        change(step, file, null, file.name(), null);
      }
    }
  }

  /** Notes what the parent changed against its baseline and the child does not mention. */
  private void compareToBaseline(Step step, CheckInFiles parent, CheckInFiles child) {
    for (ManifestFile before : parent.manifest().files()) {
      if (before.content() == null) {
        ManifestFile file = child.find(before.name());
        if (file != null) {
          change(step, null, file, file.name(), null);
        }
      } else if (child.manifest().file(before.name()) == null) {
        ManifestFile file = child.find(before.name());
        if (file != null) {
          change(step, before, file, file.name(), null);
        }
      }
    }
  }

  private void change(
      Step step,
      @Nullable ManifestFile before,
      @Nullable ManifestFile after,
      String name,
      @Nullable String prior) {
    long fileName = fileName(name);
    long priorName = prior == null ? 0 : fileName(prior);
    ArtifactName from = before == null ? null : before.content();
    ArtifactName to = after == null ? null : after.content();
    long fromRid = from == null ? 0 : content.phantom(from, false);
    long toRid = to == null ? 0 : content.phantom(to, false);
    if (toRid != 0 && step.isPublic) {
      content.setPrivate(toRid, false);
    }
    if (step.counts(fileName)) {
      Permission permission = after == null ? Permission.REGULAR : after.permission();
      session.run(
          "INSERT INTO mlink(mid,fid,pmid,pid,fnid,pfnid,mperm,isaux) VALUES(?,?,?,?,?,?,?,?)",
          step.child,
          toRid,
          step.parent,
          fromRid,
          fileName,
          priorName,
          permission.number(),
          !step.isPrimary());
    }
    if (fromRid != 0 && toRid != 0) {
      content.deltify(fromRid, toRid);
    }
  }

  private long fileName(String name) {
    Long known = fileNames.get(name);
    if (known != null) {
      return known;
    }
    long id = session.number("SELECT fnid FROM filename WHERE name=?", 0, name);
    if (id == 0) {
      id = session.insert("INSERT INTO filename(name) VALUES(?)", name);
    }
    if (fileNames.size() < 100_000) {
      fileNames.put(name, id);
    }
    return id;
  }

  /** Gives a check-in other parents, as a {@code parent} tag requires. */
  void reparent(long rid, String value) {
    List<ArtifactName> parents = new ArrayList<>();
    for (StringTokenizer words = new StringTokenizer(value); words.hasMoreTokens(); ) {
      String hash = words.nextToken();
      if (!ArtifactName.isName(hash)) {
        return;
      }
      parents.add(new ArtifactName(hash));
    }
    CheckInFiles files = read(rid);
    if (files != null) {
      session.run("DELETE FROM plink WHERE cid=?", rid);
      session.run("DELETE FROM mlink WHERE mid=?", rid);
      link(rid, files, parents);
    }
  }
}
