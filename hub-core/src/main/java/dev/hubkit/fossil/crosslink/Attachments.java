package dev.hubkit.fossil.crosslink;

import static dev.hubkit.fossil.crosslink.HashText.html;

import dev.hubkit.fossil.artifact.Attachment;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Table {@code attachment}, and the timeline's comments on attachments. */
final class Attachments {
  private final DbTransaction session;
  private final Events events;
  private final HashText hashes;

  Attachments(DbTransaction session, Events events, HashText hashes) {
    this.session = session;
    this.events = events;
    this.hashes = hashes;
  }

  private record Attached(long rid, @Nullable String source, String target, String file) {}

  /**
   * Updates the comments on attachments that arrived before their target, and so without its type.
   */
  void refresh(String target, String type) {
    List<Attached> attached = new ArrayList<>();
    session.each(
        "SELECT attachid, src, target, filename FROM attachment WHERE target=?",
        row ->
            attached.add(new Attached(row.number(1), row.textOrNull(2), row.text(3), row.text(4))),
        target);
    for (Attached attachment : attached) {
      String source = attachment.source;
      String what =
          source != null && !source.isEmpty()
              ? added(source, attachment.file)
              : "Delete attachment \"" + html(attachment.file) + "\" from";
      events.replaceComment(attachment.rid, type, what + place(type, attachment.target));
    }
  }

  void link(long rid, Attachment attachment) {
    String target = attachment.target();
    String file = attachment.fileName();
    ArtifactName source = attachment.source();
    String comment = attachment.comment();
    session.run(
        "INSERT INTO attachment(attachid,mtime,src,target,filename,comment,user)"
            + " VALUES(?,?,?,?,?,?,?)",
        rid,
        JulianDay.printed(attachment.date()),
        source,
        target,
        file,
        comment == null ? "" : comment,
        attachment.user());
    session.run(
        "UPDATE attachment SET isLatest=(mtime==(SELECT max(mtime) FROM attachment"
            + " WHERE target=?1 AND filename=?2)) WHERE target=?1 AND filename=?2",
        target,
        file);
    String type = "w";
    if (ArtifactName.isName(target)) {
      if (session.exists("SELECT 1 FROM tag WHERE tagname=?", "tkt-" + target)) {
        type = "t";
      } else if (session.exists("SELECT 1 FROM tag WHERE tagname=?", "event-" + target)) {
        type = "e";
      }
    }
    String what;
    if (source != null) {
      what = added(source.hex(), file);
    } else if (type.equals("e")) {
      what = "Delete attachment \"/artifact/" + hashes.linked(file) + "|" + html(file) + "\" from";
    } else {
      what = "Delete attachment \"" + html(file) + "\" from";
    }
    events.put(type, attachment.date(), rid, attachment.user(), what + place(type, target));
  }

  private String added(String source, String file) {
    return "Add attachment [/artifact/" + hashes.linked(source) + "|" + html(file) + "] to";
  }

  private String place(String type, String target) {
    return switch (type) {
      case "e" ->
          " tech note [/technote/" + hashes.linked(target) + "|" + hashes.shown(target) + "]";
      case "t" -> " ticket " + hashes.link(target);
      default -> " wiki page [" + html(target) + "]";
    };
  }
}
