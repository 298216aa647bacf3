package dev.hubkit.junit;

import io.nats.client.impl.DataPort;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Generates the data port that jnats instantiates: an {@link InProcessDataPort} with the {@code
 * connect} methods of {@link DataPort}.
 *
 * <p>These methods take a {@code NatsConnection}, which is private to its package, so that no Java
 * class elsewhere can override them. The JVM would allow it: only the compiler checks access to the
 * types in a signature. A class in jnats's own package would do on the class path; but on the
 * module path the JVM refuses to start with one package in two modules, and does not find such a
 * class next to a modular jnats. So this class writes the class file itself (JVMS chapter 4): each
 * method passes the address to {@link InProcessDataPort#open} and does nothing else.
 */
final class DataPortGenerator {
  private static final String SIMPLE_NAME = "JnatsDataPort";

  /** The name of the generated class. */
  static final String NAME = define().getName();

  private static final int MAGIC = 0xCAFEBABE;
  // Java 8; methods without branches need no stack maps.
  private static final int VERSION = 52;
  private static final int ACC_SUPER = 0x20;
  private static final int ALOAD_0 = 0x2a;
  private static final int ALOAD = 0x19;
  private static final int INVOKESPECIAL = 0xb7;
  private static final int INVOKEVIRTUAL = 0xb6;
  private static final int RETURN = 0xb1;

  private final Map<List<Object>, Integer> constants = new LinkedHashMap<>();
  private final ByteArrayOutputStream poolBytes = new ByteArrayOutputStream();
  private final DataOutputStream pool = new DataOutputStream(poolBytes);

  private DataPortGenerator() {}

  private static Class<?> define() {
    try {
      return MethodHandles.lookup().defineClass(new DataPortGenerator().write());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("A class of this package can't be defined", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] write() throws IOException {
    String parent = internal(InProcessDataPort.class);
    int thisClass =
        type(DataPortGenerator.class.getPackageName().replace('.', '/') + "/" + SIMPLE_NAME);
    int superClass = type(parent);
    ByteArrayOutputStream bodyBytes = new ByteArrayOutputStream();
    DataOutputStream body = new DataOutputStream(bodyBytes);
    body.writeShort(Modifier.PUBLIC | Modifier.FINAL | ACC_SUPER);
    body.writeShort(thisClass);
    body.writeShort(superClass);
    body.writeShort(0); // interfaces
    body.writeShort(0); // fields
    List<Method> connects =
        Arrays.stream(DataPort.class.getMethods())
            .filter(method -> method.getName().equals("connect"))
            .toList();
    body.writeShort(1 + connects.size());
    method(body, "<init>", "()V", 1, code(ALOAD_0, INVOKESPECIAL, method(parent, "<init>", "()V")));
    int open = method(parent, "open", "(Ljava/lang/Object;)V");
    for (Method connect : connects) {
      method(
          body,
          connect.getName(),
          MethodType.methodType(void.class, connect.getParameterTypes()).toMethodDescriptorString(),
          4 + connect.getParameterCount(),
          code(ALOAD_0, ALOAD, addressOf(connect), INVOKEVIRTUAL, open));
    }
    body.writeShort(0); // attributes
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    DataOutputStream head = new DataOutputStream(file);
    head.writeInt(MAGIC);
    head.writeInt(VERSION);
    head.writeShort(constants.size() + 1);
    poolBytes.writeTo(head);
    bodyBytes.writeTo(head);
    return file.toByteArray();
  }

  // The local variable that holds the address: the argument that is neither the connection nor the
  // time-out.
  private static int addressOf(Method connect) {
    Class<?>[] types = connect.getParameterTypes();
    for (int i = 0; i < types.length; i++) {
      if (types[i] == String.class || types[i].getSimpleName().equals("NatsUri")) {
        return i + 1;
      }
    }
    throw new IllegalStateException(
        "This version of jnats has an unknown way to connect data ports: " + connect);
  }

  private byte[] code(int... parts) {
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    for (int i = 0; i < parts.length; i++) {
      code.write(parts[i]);
      if (parts[i] == INVOKESPECIAL || parts[i] == INVOKEVIRTUAL) {
        i++;
        code.write(parts[i] >> 8);
        code.write(parts[i]);
      } else if (parts[i] == ALOAD) {
        i++;
        code.write(parts[i]);
      }
    }
    code.write(RETURN);
    return code.toByteArray();
  }

  private void method(DataOutputStream to, String name, String descriptor, int locals, byte[] code)
      throws IOException {
    to.writeShort(Modifier.PUBLIC);
    to.writeShort(text(name));
    to.writeShort(text(descriptor));
    to.writeShort(1); // attributes
    to.writeShort(text("Code"));
    to.writeInt(12 + code.length);
    to.writeShort(2); // stack
    to.writeShort(locals);
    to.writeInt(code.length);
    to.write(code);
    to.writeShort(0); // exceptions
    to.writeShort(0); // attributes
  }

  // ---- The constant pool (JVMS 4.4): each constant once.

  private int text(String value) throws IOException {
    Integer known = constants.get(List.of(1, value));
    if (known == null) {
      pool.writeByte(1);
      pool.writeUTF(value);
      known = added(List.of(1, value));
    }
    return known;
  }

  private int type(String name) throws IOException {
    return pointer(7, text(name));
  }

  private int method(String owner, String name, String descriptor) throws IOException {
    return pointers(10, type(owner), pointers(12, text(name), text(descriptor)));
  }

  private int pointer(int tag, int to) throws IOException {
    Integer known = constants.get(List.of(tag, to));
    if (known == null) {
      pool.writeByte(tag);
      pool.writeShort(to);
      known = added(List.of(tag, to));
    }
    return known;
  }

  private int pointers(int tag, int first, int second) throws IOException {
    Integer known = constants.get(List.of(tag, first, second));
    if (known == null) {
      pool.writeByte(tag);
      pool.writeShort(first);
      pool.writeShort(second);
      known = added(List.of(tag, first, second));
    }
    return known;
  }

  private int added(List<Object> constant) {
    constants.put(constant, constants.size() + 1);
    return constants.size();
  }

  private static String internal(Class<?> type) {
    return type.getName().replace('.', '/');
  }
}
