import java.io.File;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;

/** A map of Java whose file is truncated. */
public class Mapped {
    static final int LENGTH = 1 << 16;
    static int sum;

    /** Returns 1 if Java throws its error for such a fault. */
    public static int faults() throws Exception {
        File path = File.createTempFile("mapped", null);
        try (RandomAccessFile file = new RandomAccessFile(path, "rw")) {
            file.setLength(LENGTH);
            MappedByteBuffer map = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, LENGTH);
            file.setLength(0);
            for (int at = 0; at < LENGTH; at++) {
                sum += map.get(at);
            }
            return 0;
        } catch (InternalError error) {
            return 1;
        } finally {
            path.delete();
            System.gc();
        }
    }
}
