//! The first Vulkan device as a compiler of compute kernels.

#![expect(unsafe_code, reason = "Vulkan is a C interface")]

use std::ffi::{CStr, c_char};

use ash::{khr, vk};

/// Storage buffers in the layout of every kernel: as many as a kernel may have.
const BINDINGS: u32 = 8;

pub(crate) struct Compiler {
    _entry: ash::Entry,
    instance: ash::Instance,
    physical: vk::PhysicalDevice,
    device: ash::Device,
    executables: khr::pipeline_executable_properties::Device,
    layout: vk::PipelineLayout,
    has_subgroup_sizes: bool,
}

fn text_of(text: &[c_char]) -> String {
    text.iter()
        .take_while(|letter| **letter != 0)
        .map(|letter| char::from(letter.to_ne_bytes()[0]))
        .collect()
}

impl Compiler {
    /// The device, with the features that wgpu enables where they change the code: access within bounds.
    pub(crate) fn new() -> Self {
        // SAFETY: objects are created in the order that Vulkan demands, from structures that live until each call ends, and with
        // features that the device reports. They live as long as the process.
        unsafe {
            let entry = ash::Entry::load().expect("a Vulkan loader");
            let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
            let info = vk::InstanceCreateInfo::default().application_info(&application);
            let instance = entry.create_instance(&info, None).expect("an instance");
            let physical = instance.enumerate_physical_devices().expect("devices")[0];
            let mut executable =
                vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default()
                    .pipeline_executable_info(true);
            let mut known = vk::PhysicalDeviceVulkan13Features::default();
            let mut floats = vk::PhysicalDeviceVulkan12Features::default();
            let mut found = vk::PhysicalDeviceFeatures2::default()
                .push_next(&mut known)
                .push_next(&mut floats);
            instance.get_physical_device_features2(physical, &mut found);
            let robust = found.features.robust_buffer_access != vk::FALSE;
            let has_subgroup_sizes = known.subgroup_size_control != vk::FALSE;
            let mut wanted = vk::PhysicalDeviceVulkan13Features::default()
                .subgroup_size_control(has_subgroup_sizes);
            let mut halves = vk::PhysicalDeviceVulkan12Features::default()
                .shader_float16(floats.shader_float16 != vk::FALSE);
            let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
            let extensions = [khr::pipeline_executable_properties::NAME.as_ptr()];
            let features = vk::PhysicalDeviceFeatures::default().robust_buffer_access(robust);
            let info = vk::DeviceCreateInfo::default()
                .queue_create_infos(&queues)
                .enabled_extension_names(&extensions)
                .enabled_features(&features)
                .push_next(&mut executable)
                .push_next(&mut halves)
                .push_next(&mut wanted);
            let device = instance
                .create_device(physical, &info, None)
                .expect("a device");
            let executables = khr::pipeline_executable_properties::Device::new(&instance, &device);
            let bindings: Vec<_> = (0..BINDINGS)
                .map(|number| {
                    vk::DescriptorSetLayoutBinding::default()
                        .binding(number)
                        .descriptor_count(1)
                        .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                        .stage_flags(vk::ShaderStageFlags::COMPUTE)
                })
                .collect();
            let info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
            let sets = [device
                .create_descriptor_set_layout(&info, None)
                .expect("a layout of bindings")];
            let info = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
            let layout = device
                .create_pipeline_layout(&info, None)
                .expect("a layout of pipelines");
            Self {
                _entry: entry,
                instance,
                physical,
                device,
                executables,
                layout,
                has_subgroup_sizes,
            }
        }
    }

    /// The GPU's name as the driver reports it, and the driver's version.
    pub(crate) fn driver(&self) -> String {
        let mut driver = vk::PhysicalDeviceDriverProperties::default();
        let mut properties = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
        // SAFETY: the physical device belongs to the instance.
        unsafe {
            self.instance
                .get_physical_device_properties2(self.physical, &mut properties);
        }
        let name = text_of(&properties.properties.device_name);
        format!("{name}; {}", text_of(&driver.driver_info))
    }

    /// The driver's statistics of a kernel, and its assembly: empty if the driver cannot print it.
    pub(crate) fn compile(&self, words: &[u32]) -> (Vec<(String, u64)>, String) {
        let device = &self.device;
        // As wgpu does where it can.
        let flags = if self.has_subgroup_sizes {
            vk::PipelineShaderStageCreateFlags::ALLOW_VARYING_SUBGROUP_SIZE
        } else {
            vk::PipelineShaderStageCreateFlags::empty()
        };
        // SAFETY: naga wrote the module, all handles belong to this device, and statistics and texts are read as the types that
        // the driver reports.
        unsafe {
            let info = vk::ShaderModuleCreateInfo::default().code(words);
            let module = device.create_shader_module(&info, None).expect("a module");
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .flags(flags)
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(c"main");
            let info = vk::ComputePipelineCreateInfo::default()
                .flags(
                    vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                        | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR,
                )
                .stage(stage)
                .layout(self.layout);
            let pipeline = device
                .create_compute_pipelines(vk::PipelineCache::null(), &[info], None)
                .expect("a pipeline")[0];
            let info = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline);
            let statistics = self
                .executables
                .get_pipeline_executable_statistics(&info)
                .expect("statistics")
                .iter()
                .filter(|found| found.format == vk::PipelineExecutableStatisticFormatKHR::UINT64)
                .map(|found| (text_of(&found.name), found.value.u64))
                .collect();
            let assembly = self.assembly(&info);
            device.destroy_pipeline(pipeline, None);
            device.destroy_shader_module(module, None);
            (statistics, assembly)
        }
    }

    /// # Safety
    ///
    /// The pipeline was created by this device, with its representations captured.
    unsafe fn assembly(&self, info: &vk::PipelineExecutableInfoKHR<'_>) -> String {
        let call = self
            .executables
            .fp()
            .get_pipeline_executable_internal_representations_khr;
        let device = self.device.handle();
        let mut count = 0;
        // SAFETY: the first call counts the texts, the second one reports their sizes, and the third one fills buffers of these
        // sizes.
        unsafe {
            let _ = call(device, info, &raw mut count, std::ptr::null_mut());
            let mut texts =
                vec![vk::PipelineExecutableInternalRepresentationKHR::default(); count as usize];
            let _ = call(device, info, &raw mut count, texts.as_mut_ptr());
            let mut buffers: Vec<Vec<u8>> =
                texts.iter().map(|text| vec![0; text.data_size]).collect();
            for (text, buffer) in texts.iter_mut().zip(&mut buffers) {
                text.p_data = buffer.as_mut_ptr().cast();
            }
            let _ = call(device, info, &raw mut count, texts.as_mut_ptr());
            let found = texts
                .iter()
                .zip(&buffers)
                .find(|(text, _)| text_of(&text.name) == "Assembly")
                .and_then(|(_, buffer)| CStr::from_bytes_until_nul(buffer).ok());
            found.map_or_else(String::new, |text| text.to_string_lossy().into_owned())
        }
    }
}
