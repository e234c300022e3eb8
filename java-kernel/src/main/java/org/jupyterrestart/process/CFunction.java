package org.jupyterrestart.process;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Optional;

/**
 * A C function of integers and pointers, six at most. Everything native goes through here, so every caller is plain
 * Java.
 *
 * <p>All functions are called as if they took six {@code long}s: the JDK makes some ten classes for each shape that is
 * linked, which for the twenty shapes that we would have was a third of the time of our start. The calling conventions
 * of Linux allow it (System V x86_64, section 3.2.3; AAPCS64, section 6.8): integers and pointers are passed alike, in
 * registers, those that a function has no parameter for are not looked at, and of a narrower parameter only its own
 * bits are. Where a result is narrower only its own bits count here.
 */
public final class CFunction {
    public static final AddressLayout POINTER = ValueLayout.ADDRESS;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup C_LIBRARY = LINKER.defaultLookup();
    private static final StructLayout KEPT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = KEPT.varHandle(PathElement.groupElement("errno"));
    private static final int MOST_ARGUMENTS = 6;
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    /** One for each thread: none calls from within a call. */
    private static final ThreadLocal<MemorySegment> ERRNO_OF_THREAD =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(KEPT));

    private final MemorySegment address;

    private CFunction(MemorySegment address) {
        this.address = address;
    }

    /** One of the C library, which must have it. */
    static CFunction of(String name) {
        return find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError(
                        "the C library has no %s: Linux with glibc 2.29 or newer is needed".formatted(name)));
    }

    /** One of the C library; empty where it has none. */
    static Optional<CFunction> find(String name) {
        return in(C_LIBRARY, name);
    }

    /** One of another library; empty where it has none. */
    public static Optional<CFunction> in(SymbolLookup library, String name) {
        return library.find(name).map(CFunction::new);
    }

    /**
     * What it returns, an {@code int}; for a function that reports errors by its result alone.
     *
     * @param arguments integers, and addresses of what stays there meanwhile
     */
    public int call(long... arguments) {
        return (int) invoke(ERRNO_OF_THREAD.get(), arguments);
    }

    /** What it returns, a pointer. */
    MemorySegment callForPointer(long... arguments) {
        return MemorySegment.ofAddress(invoke(ERRNO_OF_THREAD.get(), arguments));
    }

    /** What it returns, an {@code int}, or {@code -errno} where it returns -1: the kernel's own convention. */
    int orErrno(long... arguments) {
        MemorySegment kept = ERRNO_OF_THREAD.get();
        int result = (int) invoke(kept, arguments);
        return result == -1 ? -errno(kept) : result;
    }

    /** As {@link #orErrno}, of a function that returns a {@code long}. */
    long longOrErrno(long... arguments) {
        MemorySegment kept = ERRNO_OF_THREAD.get();
        long result = invoke(kept, arguments);
        return result == -1 ? -errno(kept) : result;
    }

    private static int errno(MemorySegment kept) {
        return (int) ERRNO.get(kept, 0L);
    }

    private long invoke(MemorySegment kept, long... given) {
        if (given.length > MOST_ARGUMENTS) {
            throw new IllegalArgumentException("%d arguments are too many".formatted(given.length));
        }
        try {
            return (long) CALL.invokeExact(
                    address, kept, at(given, 0), at(given, 1), at(given, 2), at(given, 3), at(given, 4), at(given, 5));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a C function throws nothing of its own", e);
        }
    }

    private static long at(long[] given, int index) {
        return index < given.length ? given[index] : 0;
    }

    /** A NULL-terminated array of C strings, as argv and envp are. */
    static MemorySegment strings(Arena arena, List<String> values) {
        MemorySegment array = arena.allocate(POINTER, values.size() + 1L);
        for (int i = 0; i < values.size(); i++) {
            array.setAtIndex(POINTER, i, arena.allocateFrom(values.get(i)));
        }
        return array;
    }
}
