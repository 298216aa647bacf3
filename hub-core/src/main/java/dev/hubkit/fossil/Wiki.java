package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.WikiPage;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.ResultRow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The wiki of a repository; good as long as the {@link Snapshot} it comes from. */
public final class Wiki {
  private static final String VERSIONS =
      "SELECT substr(tagname,6), uuid, tagxref.mtime, CAST(tagxref.value AS INT)"
          + " FROM tagxref JOIN tag USING(tagid) JOIN blob ON blob.rid=tagxref.rid";

  private final Snapshot snapshot;

  Wiki(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** The newest version of each page that is not deleted, in the order of the titles. */
  public List<WikiVersion> pages() {
    return snapshot
        .session()
        .list(
            VERSIONS
                + " WHERE tagname GLOB 'wiki-*' AND tagxref.mtime=(SELECT max(mtime) FROM"
                + " tagxref x WHERE x.tagid=tag.tagid) AND CAST(tagxref.value AS INT)>0"
                + " ORDER BY 1",
            Wiki::version);
  }

  /** All versions of a page, the newest first. */
  public List<WikiVersion> versions(String title) {
    return snapshot
        .session()
        .list(
            VERSIONS + " WHERE tagname=? ORDER BY tagxref.mtime DESC",
            Wiki::version,
            "wiki-" + title);
  }

  private static WikiVersion version(ResultRow row) {
    return new WikiVersion(
        row.text(1), new ArtifactName(row.text(2)), JulianDay.instant(row.real(3)), row.number(4));
  }

  /** The newest version of a page, null when there never was one. */
  public @Nullable WikiPage page(String title) {
    List<WikiVersion> versions = versions(title);
    return versions.isEmpty() ? null : page(versions.get(0).name());
  }

  /** A version of a page, null when the artifact is none. */
  public @Nullable WikiPage page(ArtifactName version) {
    byte[] bytes = snapshot.content().read(version);
    return bytes != null && Artifact.parseIfArtifact(bytes) instanceof WikiPage page ? page : null;
  }

  static ArtifactName write(
      Transaction transaction, String user, String title, @Nullable String mimetype, String text) {
    if (!Names.isWikiTitle(title)) {
      throw new IllegalArgumentException("not a title of a wiki page: \"" + title + "\"");
    }
    List<WikiVersion> versions = transaction.wiki().versions(title);
    List<ArtifactName> parents = versions.isEmpty() ? List.of() : List.of(versions.get(0).name());
    return transaction.add(
        new WikiPage(null, transaction.now(), title, mimetype, parents, user, text));
  }
}
