package dev.hubkit.junit;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The public API of a module: the public types of its exported packages, with their members. */
final class PublicApi {
  private static final int SHOWN = Modifier.PUBLIC | Modifier.PROTECTED;
  private static final int OF_A_TYPE = SHOWN | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;

  private final ModuleReference module;

  /**
   * Reads a module.
   *
   * @param member a class of the module
   */
  PublicApi(Class<?> member) throws URISyntaxException {
    Path place = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
    this.module = ModuleFinder.of(place).findAll().iterator().next();
  }

  /** Returns a line for each type and each member, sorted. */
  List<String> lines() throws IOException, ClassNotFoundException {
    Set<String> exported =
        module.descriptor().exports().stream()
            .filter(each -> !each.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(Collectors.toSet());
    TreeMap<String, Class<?>> types = new TreeMap<>();
    try (ModuleReader reader = module.open();
        Stream<String> files = reader.list()) {
      for (String file : (Iterable<String>) files::iterator) {
        String name = file.replace('/', '.').replaceFirst("\\.class$", "");
        int dot = name.lastIndexOf('.');
        if (file.endsWith(".class") && dot > 0 && exported.contains(name.substring(0, dot))) {
          Class<?> type = Class.forName(name, false, PublicApi.class.getClassLoader());
          if (isShown(type)) {
            types.put(name, type);
          }
        }
      }
    }
    List<String> lines = new ArrayList<>();
    types.values().forEach(type -> describe(type, lines));
    return lines;
  }

  private static boolean isShown(Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      if ((each.getModifiers() & SHOWN) == 0 || each.isAnonymousClass() || each.isSynthetic()) {
        return false;
      }
    }
    return true;
  }

  private static void describe(Class<?> type, List<String> lines) {
    lines.add(header(type));
    TreeSet<String> members = new TreeSet<>();
    for (Constructor<?> each : type.getDeclaredConstructors()) {
      if ((each.getModifiers() & SHOWN) != 0 && !each.isSynthetic()) {
        members.add(each.toGenericString());
      }
    }
    addMembers(type, members);
    // Users see the members of a hidden superclass as members of the type itself.
    for (Class<?> above = type.getSuperclass();
        above != null && above.getName().startsWith("dev.hubkit.") && !isShown(above);
        above = above.getSuperclass()) {
      addMembers(above, members);
    }
    members.forEach(member -> lines.add("  " + member));
  }

  private static void addMembers(Class<?> type, Set<String> members) {
    for (Field each : type.getDeclaredFields()) {
      if ((each.getModifiers() & SHOWN) != 0 && !each.isSynthetic()) {
        members.add(each.toGenericString());
      }
    }
    for (Method each : type.getDeclaredMethods()) {
      if ((each.getModifiers() & SHOWN) != 0 && !each.isSynthetic()) {
        String line = each.toGenericString().replace(" synchronized ", " ");
        Object unset = each.getDefaultValue();
        members.add(unset == null ? line : line + " default " + text(unset));
      }
    }
  }

  private static String text(Object value) {
    // Its text has the attributes in an order that differs from run to run.
    if (value instanceof Annotation annotation) {
      return "@" + annotation.annotationType().getName();
    }
    return value instanceof Object[] several ? Arrays.toString(several) : "\"" + value + "\"";
  }

  private static String header(Class<?> type) {
    StringBuilder line = new StringBuilder(Modifier.toString(type.getModifiers() & OF_A_TYPE));
    line.append(type.isSealed() ? " sealed " : " ").append(kind(type)).append(type.getName());
    if (type.getTypeParameters().length > 0) {
      line.append(
          Stream.of(type.getTypeParameters())
              .map(PublicApi::bounded)
              .collect(Collectors.joining(", ", "<", ">")));
    }
    Type above = type.getGenericSuperclass();
    if (above != null && above != Object.class) {
      line.append(" extends ").append(above.getTypeName());
    }
    if (type.getGenericInterfaces().length > 0) {
      line.append(
          Stream.of(type.getGenericInterfaces())
              .map(Type::getTypeName)
              .collect(Collectors.joining(", ", " implements ", "")));
    }
    return line.toString();
  }

  private static String kind(Class<?> type) {
    if (type.isAnnotation()) {
      return "@interface ";
    }
    if (type.isInterface()) {
      return "interface ";
    }
    return type.isEnum() ? "enum " : type.isRecord() ? "record " : "class ";
  }

  private static String bounded(TypeVariable<?> parameter) {
    return parameter.getName()
        + Stream.of(parameter.getBounds())
            .filter(bound -> bound != Object.class)
            .map(Type::getTypeName)
            .collect(Collectors.joining(" & ", " extends ", ""))
            .replaceFirst("^ extends $", "");
  }
}
