package dev.hubkit.fossil.crosslink;

import static dev.hubkit.fossil.crosslink.HashText.html;

import dev.hubkit.fossil.artifact.Control;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.content.ArtifactName;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the comment on the timeline that says what a control artifact does. */
final class ControlComment {
  private final HashText hashes;
  private final StringBuilder out = new StringBuilder();

  ControlComment(HashText hashes) {
    this.hashes = hashes;
  }

  String of(Control control) {
    List<TagChange> tags =
        control.tags().stream()
            .sorted(
                Comparator.comparing(ControlComment::target)
                    .thenComparing(TagChange::signedName, Names::compare))
            .toList();
    String last = null;
    boolean moved = false;
    for (TagChange tag : tags) {
      String target = target(tag);
      if (!target.equals(last)) {
        out.append(" Edit ").append(hashes.link(target)).append(':');
        moved = false;
        last = target;
      }
      if (tag.signedName().equals("*branch")) {
        String value = html(tag.value());
        out.append(" Move to branch [/timeline?r=").append(value).append("&nd&dp=");
        out.append(hashes.linked(target)).append("&unhide | ").append(value).append("].");
        moved = true;
      } else {
        append(tag, moved);
      }
    }
    return out.isEmpty() ? "" : out.substring(1);
  }

  private static String target(TagChange tag) {
    ArtifactName target = tag.target();
    return target == null ? "" : target.hex();
  }

  private void append(TagChange tag, boolean moved) {
    String name = tag.signedName();
    String value = html(tag.value());
    switch (name) {
      case "*bgcolor" -> quoted(" Change branch background color to ", value, ".");
      case "+bgcolor" -> quoted(" Change background color to ", value, ".");
      case "+comment" -> out.append(" Edit check-in comment.");
      case "+user" -> quoted(" Change user to ", value, ".");
      case "+date" -> out.append(" Timestamp ").append(value).append('.');
      case "-bgcolor" -> noted(" Cancel background color", tag.value());
      case "+closed" -> noted(" Mark \"Closed\"", tag.value());
      case "-closed" -> noted(" Remove the \"Closed\" mark", tag.value());
      default -> appendOther(tag, moved, value);
    }
  }

  private void appendOther(TagChange tag, boolean moved, String value) {
    String name = tag.name();
    if (name.startsWith("sym-")) {
      // The symbolic names that go with a move to another branch are not mentioned.
      if (!moved || tag.kind() == TagChange.Kind.SINGLE) {
        String verb =
            switch (tag.kind()) {
              case CANCEL -> " Cancel tag \"";
              case PROPAGATE -> " Add propagating tag \"";
              case SINGLE -> " Add tag \"";
            };
        noted(verb + name.substring(4) + "\"", tag.value());
      }
      return;
    }
    String verb =
        switch (tag.kind()) {
          case CANCEL -> " Cancel \"";
          case PROPAGATE -> " Add propagating \"";
          case SINGLE -> " Add \"";
        };
    out.append(verb).append(name).append('"');
    if (value.isEmpty()) {
      out.append('.');
    } else {
      quoted(" with value ", value, ".");
    }
  }

  private void noted(String what, @Nullable String note) {
    out.append(what);
    if (note == null || note.isEmpty()) {
      out.append('.');
    } else {
      quoted(" with note ", html(note), ".");
    }
  }

  private void quoted(String before, String value, String after) {
    out.append(before).append('"').append(value).append('"').append(after);
  }
}
