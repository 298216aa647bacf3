package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.WikiPage;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.ResultRow;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The wiki of a repository; valid as long as the {@link Snapshot} it comes from. */
public final class Wiki {
  private static final String VERSIONS =
      "SELECT substr(tagname,6), uuid, tagxref.mtime, CAST(tagxref.value AS INT)"
          + " FROM tagxref JOIN tag USING(tagid) JOIN blob ON blob.rid=tagxref.rid";

  private final DbTransaction session;
  private final ContentStore content;

  Wiki(DbTransaction session, ContentStore content) {
    this.session = session;
    this.content = content;
  }

  /** The newest version of each page that is not deleted, in the order of the titles. */
  public List<WikiVersion> pages() {
    return session.list(
        VERSIONS
            + " WHERE tagname GLOB 'wiki-*' AND tagxref.mtime=(SELECT max(mtime) FROM"
            + " tagxref x WHERE x.tagid=tag.tagid) AND CAST(tagxref.value AS INT)>0"
            + " ORDER BY 1",
        Wiki::version);
  }

  /** All versions of a page, the newest first. */
  public List<WikiVersion> versions(String title) {
    return session.list(
        VERSIONS + " WHERE tagname=? ORDER BY tagxref.mtime DESC", Wiki::version, "wiki-" + title);
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

  /** A version of a page, null when the artifact is not one. */
  public @Nullable WikiPage page(ArtifactName version) {
    byte[] bytes = content.read(version);
    return bytes != null && Artifact.parseIfArtifact(bytes) instanceof WikiPage page ? page : null;
  }

  /** Makes a version of a page that follows the newest one; it is not stored yet. */
  WikiPage next(String user, String title, @Nullable String mimetype, String text, Instant now) {
    if (!Names.isWikiTitle(title)) {
      throw new IllegalArgumentException("not a title of a wiki page: \"" + title + "\"");
    }
    List<WikiVersion> versions = versions(title);
    List<ArtifactName> parents = versions.isEmpty() ? List.of() : List.of(versions.get(0).name());
    return new WikiPage(null, now, title, mimetype, parents, user, text);
  }
}
